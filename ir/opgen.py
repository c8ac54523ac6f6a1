"""Turns the ODS records of the mx dialect into rows of the MLIR-free op table.

usage: opgen.py LLVM_TBLGEN MLIR_INCLUDE SOURCE_ROOT TD OUT
Row: MX_OP(Name, mnemonic, api, Family, inputs, variadic, shapeRule, DtypeRule, differentiable, Batch, scalar bodies, attributes...)
"""
import json, subprocess, sys

ATTR_KINDS = {
    "DenseI64ArrayAttr": "Ints", "Mx_ShapeAttr": "Shape", "Mx_OffsetsAttr": "Offsets", "BoolAttr": "Flag",
    "I64Attr": "Int", "StrAttr": "Text", "Mx_DtypeAttr": "Dtype",
}

def main(tblgen, include, root, td, out):
    records = json.loads(subprocess.check_output([tblgen, "-I", include, "-I", root, "--dump-json", td]))
    ops = [records[n] for n in records["!instanceof"]["Mx_Op"] if not n.startswith("anonymous")]
    lines = ["// Made from the .td files by ir/opgen.py; do not edit."]
    for op in sorted(ops, key=lambda r: r["opName"]):
        attrs, inputs, variadic = [], 0, 0
        for arg, name in op["arguments"]["args"]:
            kind = ATTR_KINDS.get(arg["def"])
            if kind:
                attrs.append(f'{{"{name}", AttrKind::{kind}}}')
            elif "Variadic" in records[arg["def"]]["!superclasses"]:
                variadic = 1
            elif "Tensor" in arg["def"]:
                inputs += 1
            else:
                sys.exit(f'{op["opName"]}: no attribute kind for {arg["def"]}; add it to ATTR_KINDS')
        name = op["!name"].removeprefix("Mx_").removesuffix("Op")
        scalar = records[op["scalar"]["def"]]
        bodies = ", ".join(f'"{scalar[k]}"' for k in ("onFloat", "onSigned", "onUnsigned", "onBool"))
        field = lambda k: records[op[k]["def"]]["name"]
        row = [name, op["opName"], f'"{op["api"]}"', op["family"], inputs, variadic, op["shapeRule"], field("dtypeRule"),
               int(bool(op["differentiable"])), field("batch"), f"({bodies})", *attrs]
        lines.append(f'MX_OP({", ".join(map(str, row))})')
    with open(out, "w") as f:
        f.write("\n".join(lines) + "\n")

if __name__ == "__main__":
    main(*sys.argv[1:])
