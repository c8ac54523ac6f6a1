"""The checks of this folder do fail: each sees a planted fault and passes its mended twin."""
import unittest

import exported_symbols
import include_directions
import messages
import runtime_symbols
import source_files


class IncludeDirections(unittest.TestCase):
    """An include against the direction of dependencies is reported with its line."""

    def reports(self, name, text):
        return include_directions.violations(name, text)

    def test_runtime_must_not_see_the_compiler(self):
        found = self.reports("runtime/Executor.cpp", '// x\n#include "mlir/IR/Builders.h"\n')
        self.assertEqual(len(found), 1)
        self.assertIn("runtime/Executor.cpp:2", found[0])

    def test_base_must_not_see_the_rest_of_the_runtime(self):
        self.assertTrue(self.reports("runtime/base/Env.cpp", '#include "runtime/Buffer.h"\n'))

    def test_passes_must_not_see_codegen(self):
        self.assertTrue(self.reports("passes/Fold.cpp", '#include "codegen/Compiler.h"\n'))

    def test_shape_rules_are_free_of_mlir(self):
        self.assertTrue(self.reports("ir/shape/Reduce.cpp", "#include <llvm/ADT/STLExtras.h>\n"))

    def test_frontend_sees_mlir_only_in_compile(self):
        include = '#include "mlir/IR/Builders.h"\n'
        self.assertTrue(self.reports("frontend/ops/Reduce.cpp", include))
        self.assertFalse(self.reports("frontend/compile/Import.cpp", include))

    def test_public_headers_see_public_headers_only(self):
        self.assertTrue(self.reports("frontend/include/mx/array.h", '#include "runtime/Buffer.h"\n'))
        self.assertTrue(self.reports("frontend/include/mx/array.h", "#include <iostream>\n"))
        self.assertFalse(self.reports("frontend/include/mx/array.h", '#include "mx/dtype.h"\n#include <vector>\n'))

    def test_paths_start_at_the_root(self):
        self.assertTrue(self.reports("runtime/Executor.cpp", '#include "../ir/OpTable.h"\n'))


class SourceFiles(unittest.TestCase):
    """A long, unexplained or unguarded file is reported."""

    def test_length(self):
        self.assertTrue(source_files.violations("a.cpp", "// x\n" + "\n" * 800))
        self.assertFalse(source_files.violations("a.cpp", "// x\n" + "\n" * 799))

    def test_opening_comment(self):
        self.assertTrue(source_files.violations("a.cpp", "int x;\n"))

    def test_header_guard(self):
        self.assertTrue(source_files.violations("a.h", "// x\nint x;\n"))


class Symbols(unittest.TestCase):
    """A symbol of LLVM is found in an archive and among a library's exports."""

    def test_runtime(self):
        self.assertTrue(runtime_symbols.foreign("                 U llvm::Value::getContext()\n"))
        self.assertFalse(runtime_symbols.foreign("0000 T mx::rt::run(mx::rt::Program const&)\n"))

    def test_exports(self):
        listing = "0 T mx::eval()\n0 V vtable for mx::Error\n0 T llvm::errs()\n0 W std::vector<int>::~vector()\n"
        extra, count = exported_symbols.unexpected(listing)
        self.assertEqual((len(extra), count), (2, 4))


class Messages(unittest.TestCase):
    """A message without advice is reported with its line; one that is put together elsewhere is not judged."""

    def test_advice(self):
        call = '// x\n  graph::fail("pad", "needs (one) width, got " + std::to_string(n){}, {shape});\n'
        found = messages.violations("frontend/ops/Joins.cpp", call.replace("{}", "", 1))
        self.assertEqual(found, ["frontend/ops/Joins.cpp:2: no advice after '; ' in: padneeds (one) width, got "])
        self.assertFalse(messages.violations("frontend/ops/Joins.cpp", call.replace("{}", ' + "; give one"', 1)))
        self.assertTrue(messages.violations("ir/shape/Reduce.cpp", '    return invalid("axis " + n + " is empty");\n'))
        self.assertFalse(messages.violations("ir/shape/Reduce.cpp", "    return invalid(text);\n"))
        self.assertFalse(messages.violations("codegen/Compiler.cpp", call))


if __name__ == "__main__":
    unittest.main()
