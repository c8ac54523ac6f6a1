"""mx-lsp-server as an editor talks to it: errors are shown where they are, names of values and kernels lead to what defines them.

usage: lsp.py MX_LSP_SERVER
"""
import json
import subprocess
import sys

GOOD = """func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %sum = mx.add %x, %y : tensor<4xf32>, tensor<4xf32>
  return %sum : tensor<4xf32>
}
"""
WRONG = GOOD.replace("tensor<4xf32>, %y: tensor<4xf32>", "tensor<4xf32>, %y: tensor<3xf32>").replace(", tensor<4xf32>\n", ", tensor<3xf32>\n")
# A program with its kernel, whose schedule is pinned.
PINNED = """mxp.kernel @k0 "matmul" (%a: tensor<4x4xf32>) -> (tensor<4x4xf32>) attributes {config = {tile_rows = 2}} {
  %0 = mx.matmul %a, %a : tensor<4x4xf32>, tensor<4x4xf32>
  mx.yield %0 : tensor<4x4xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = mxp.dispatch @k0(%x) {places = [#mxp.place<output, 0>], symbols = #mx.dims<>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
"""


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, **message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.startswith(b"Content-Length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def open(self, uri, text):
        self.send(method="textDocument/didOpen",
                  params={"textDocument": {"uri": uri, "languageId": "mlir", "version": 1, "text": text}})
        return self.receive()["params"]["diagnostics"]

    def ask(self, method, params):
        self.send(id=2, method=method, params=params)
        return self.receive()["result"]


def main():
    server = Server(sys.argv[1])
    server.send(id=1, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
    assert server.receive()["result"]["capabilities"]["definitionProvider"]

    diagnostics = server.open("file:///wrong.mlir", WRONG)
    assert len(diagnostics) == 1, diagnostics
    assert "[add] shapes (4) and (3) cannot be broadcast" in diagnostics[0]["message"], diagnostics
    assert diagnostics[0]["range"]["start"]["line"] == 1, diagnostics

    assert server.open("file:///good.mlir", GOOD) == []
    of_use = {"textDocument": {"uri": "file:///good.mlir"}, "position": {"line": 2, "character": 11}}
    definition = server.ask("textDocument/definition", of_use)
    assert definition[0]["range"]["start"]["line"] == 1, definition
    hover = server.ask("textDocument/hover", of_use)
    assert "mx.add" in hover["contents"]["value"], hover

    assert server.open("file:///pinned.mlir", PINNED) == []
    of_kernel = {"textDocument": {"uri": "file:///pinned.mlir"}, "position": {"line": 5, "character": 22}}
    kernel = server.ask("textDocument/definition", of_kernel)
    assert kernel[0]["range"]["start"]["line"] == 0, kernel
    of_dispatch = {"textDocument": {"uri": "file:///pinned.mlir"}, "position": {"line": 5, "character": 8}}
    hover = server.ask("textDocument/hover", of_dispatch)
    assert '"mxp.dispatch"' in hover["contents"]["value"] and "#mx.dims<>" in hover["contents"]["value"], hover
    misspelt = server.open("file:///misspelt.mlir", PINNED.replace("tile_rows", "tile_row"))
    assert "did you mean 'tile_rows'?" in misspelt[0]["message"], misspelt

    server.ask("shutdown", None)
    server.send(method="exit", params=None)
    return server.process.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
