// The passes of mx, in pipeline order. Each is one file passes/<Name>.cpp with a lit test lit/passes/<name>.mlir.
#ifndef MX_PASSES
#define MX_PASSES

include "mlir/Pass/PassBase.td"

def InlineComposites : Pass<"mx-inline-composites", "::mlir::ModuleOp"> {
  let summary = "Opens mx.composite ops.";
  let description = [{
    Replaces each mx.composite by the body of its decomposition, and removes decompositions nobody calls. The location of an op
    keeps the names of the composites it comes from. Relies on phase `traced`; afterwards no composite is left.

    ```mlir
    func.func private @relu(%x: tensor<4xf32>) -> tensor<4xf32> {
      %zero = mx.constant dense<0.0> : tensor<f32>
      %0 = mx.maximum %x, %zero : tensor<4xf32>, tensor<f32>
      return %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = mx.composite "relu" %x {attrs = {}, decomposition = @relu} : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    // becomes
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %zero = mx.constant dense<0.0> : tensor<f32>
      %0 = mx.maximum %x, %zero : tensor<4xf32>, tensor<f32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
}

def ExplicitTypes : Pass<"mx-explicit-types", "::mlir::func::FuncOp"> {
  let summary = "Makes promotion and broadcasting explicit.";
  let description = [{
    Element-wise ops accept operands of different dtypes and shapes. Inserts mx.astype and mx.broadcast_to so that afterwards all
    operands have the dtype the op computes in and the shape of its result. Drops ops that change nothing (stop_gradient, copies
    of values, casts to the same dtype). Joins and matmuls get operands of the result's dtype.

    ```mlir
    func.func @main(%a: tensor<4x1xf32>, %b: tensor<8xi32>) -> tensor<4x8xf32> {
      %0 = mx.add %a, %b : tensor<4x1xf32>, tensor<8xi32>
      return %0 : tensor<4x8xf32>
    }
    // becomes
    func.func @main(%a: tensor<4x1xf32>, %b: tensor<8xi32>) -> tensor<4x8xf32> {
      %0 = mx.broadcast_to %a {shape = #mx.dims<4, 8>} : tensor<4x1xf32>
      %1 = mx.astype %b {dtype = f32} : tensor<8xi32>
      %2 = mx.broadcast_to %1 {shape = #mx.dims<4, 8>} : tensor<8xf32>
      %3 = mx.add %0, %2 : tensor<4x8xf32>, tensor<4x8xf32>
      return %3 : tensor<4x8xf32>
    }
    ```
  }];
}

def FormFusions : Pass<"mx-form-fusions", "::mlir::func::FuncOp"> {
  let summary = "Groups ops into kernels.";
  let description = [{
    Walks ops in order and lets each join the groups that produce its operands where one kernel pattern can hold both; views,
    constants and iota are copied into whoever reads them. Then siblings, groups that read the same elements of a value and
    need nothing of each other, become one. Afterwards all compute is inside mx.fusion. Each fusion that reads another's
    result says why the edge was not fused in `reasons` (operand number = reason).

    ```mlir
    func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mx.exp %x : tensor<8xf32>
      %1 = mx.add %0, %y : tensor<8xf32>, tensor<8xf32>
      return %1 : tensor<8xf32>
    }
    // becomes
    func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mx.fusion "map" (%a = %x : tensor<8xf32>, %b = %y : tensor<8xf32>) -> (tensor<8xf32>) {
        %1 = mx.exp %a : tensor<8xf32>
        %2 = mx.add %1, %b : tensor<8xf32>, tensor<8xf32>
        mx.yield %2 : tensor<8xf32>
      }
      return %0 : tensor<8xf32>
    }
    ```
  }];
  let options = [Option<"maxOps", "max-ops", "int64_t", "256", "Largest number of ops in one fusion.">];
  // A program without any op of mx may become one with a copy.
  let dependentDialects = ["::mx::ir::MxDialect"];
}

def FormChains : Pass<"mx-form-chains", "::mlir::func::FuncOp"> {
  let summary = "Joins small fusions that follow each other.";
  let description = [{
    On a GPU a dispatch may cost more than its work. Fusions one after the other whose tensors are all static and of at most
    `max-elements` elements (a matmul also of few terms) become one fusion of kind `chain`, whose body holds them whole: one
    workgroup runs them in turn, with a barrier between, and their results meet in memory. Targets for which a launch is cheap
    form none.

    ```mlir
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mx.fusion "scan" (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
        %2 = mx.cumsum %a {axis = 0 : i64, inclusive = true, reverse = false} : tensor<8xf32>
        mx.yield %2 : tensor<8xf32>
      }
      %1 = mx.fusion "map" (%a = %0 : tensor<8xf32>) -> (tensor<8xf32>) {
        %2 = mx.exp %a : tensor<8xf32>
        mx.yield %2 : tensor<8xf32>
      }
      return %1 : tensor<8xf32>
    }
    // becomes
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0:2 = mx.fusion "chain" (%a = %x : tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
        %1 = mx.fusion "scan" (%b = %a : tensor<8xf32>) -> (tensor<8xf32>) {
          %3 = mx.cumsum %b {axis = 0 : i64, inclusive = true, reverse = false} : tensor<8xf32>
          mx.yield %3 : tensor<8xf32>
        }
        %2 = mx.fusion "map" (%b = %1 : tensor<8xf32>) -> (tensor<8xf32>) {
          %3 = mx.exp %b : tensor<8xf32>
          mx.yield %3 : tensor<8xf32>
        }
        mx.yield %1, %2 : tensor<8xf32>, tensor<8xf32>
      }
      return %0#1 : tensor<8xf32>
    }
    ```
  }];
  let options = [Option<"maxElements", "max-elements", "int64_t", "1024", "Most elements of a tensor in a chain; 0 forms none.">,
                 Option<"maxStages", "max-stages", "int64_t", "32", "Most fusions in a chain.">];
}

def OutlineKernels : Pass<"mx-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Turns fusions into kernels and dispatches.";
  let description = [{
    Each mx.fusion becomes an mxp.dispatch of an mxp.kernel. A kernel numbers its symbols from s0 in order of appearance; fusions
    with equal bodies share one kernel.

    ```mlir
    func.func @main(%x: tensor<?xf32, #mx.dims<s5>>) -> tensor<?xf32, #mx.dims<s5>> {
      %0 = mx.fusion "map" (%a = %x : tensor<?xf32, #mx.dims<s5>>) -> (tensor<?xf32, #mx.dims<s5>>) {
        %1 = mx.exp %a : tensor<?xf32, #mx.dims<s5>>
        mx.yield %1 : tensor<?xf32, #mx.dims<s5>>
      }
      return %0 : tensor<?xf32, #mx.dims<s5>>
    }
    // becomes
    mxp.kernel @k0 "map" (%a: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
      %0 = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
      mx.yield %0 : tensor<?xf32, #mx.dims<s0>>
    }
    func.func @main(%x: tensor<?xf32, #mx.dims<s5>>) -> tensor<?xf32, #mx.dims<s5>> {
      %0 = mxp.dispatch @k0(%x) {symbols = #mx.dims<s5>} : (tensor<?xf32, #mx.dims<s5>>) -> tensor<?xf32, #mx.dims<s5>>
      return %0 : tensor<?xf32, #mx.dims<s5>>
    }
    ```
  }];
  let dependentDialects = ["::mx::ir::program::MxpDialect"];
}

def PlanMemory : Pass<"mx-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Decides where every buffer lives.";
  let description = [{
    Returned values are placed in outputs, all others in one arena: offsets by liveness, greedily by size. A dispatch result takes the
    place of an operand that dies there when its kernel reads that operand only at the index it writes. Sizes that are not constant
    leave negative numbers, equal where values share a slot, to be planned for the sizes of the call. Writes `places` on each dispatch, and on the function
    `mxp.arena_bytes`, `mxp.arena_bytes_without_reuse`, `mxp.arena_bytes_live` and `mxp.donors` (per output: the argument
    whose buffer it may take over, or -1).

    ```mlir
    mxp.kernel @k0 "map" (%a: tensor<8xf32>) -> (tensor<8xf32>) {
      %0 = mx.exp %a : tensor<8xf32>
      mx.yield %0 : tensor<8xf32>
    }
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mxp.dispatch @k0(%x) : (tensor<8xf32>) -> tensor<8xf32>
      %1 = mxp.dispatch @k0(%0) : (tensor<8xf32>) -> tensor<8xf32>
      return %1 : tensor<8xf32>
    }
    // becomes
    mxp.kernel @k0 "map" (%a: tensor<8xf32>) -> (tensor<8xf32>) {
      %0 = mx.exp %a : tensor<8xf32>
      mx.yield %0 : tensor<8xf32>
    }
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32>
        attributes {mxp.arena_bytes = 64, mxp.arena_bytes_live = 64, mxp.arena_bytes_without_reuse = 64, mxp.donors = array<i64: -1>} {
      %0 = mxp.dispatch @k0(%x) {places = [#mxp.place<arena, 0>]} : (tensor<8xf32>) -> tensor<8xf32>
      %1 = mxp.dispatch @k0(%0) {places = [#mxp.place<output, 0>]} : (tensor<8xf32>) -> tensor<8xf32>
      return %1 : tensor<8xf32>
    }
    ```
  }];
}

def PinConfig : Pass<"mx-pin-config", "::mlir::ModuleOp"> {
  let summary = "Pins schedules of kernels.";
  let description = [{
    Writes entries into the `config` of every kernel whose kind knows them, or of those of one kind. The heuristics of codegen
    take them for what they would have chosen; no entry changes a bit of a result. For tests and measurements of one schedule.
    An entry that no kind knows, or not the named one, is an error; kernels of kind `argreduce` and the parts of a `chain`
    have none. Values out of range are moved into it on a processor, and an error on a GPU where nothing near it would do.

    | kind | entry | read by | is |
    |---|---|---|---|
    | `map` | `unit` | cpu | elements of a work unit |
    | | `workgroup`, `elements` | gpu | invocations of a workgroup, elements of one |
    | `row` | `keep` | cpu | 1: what a pass computes at a cost for a later one is kept in scratch, 0: computed again |
    | | `prefetch` | cpu | 1: the next row of full inputs is fetched during the second pass over one |
    | | `team` | gpu | invocations that run a row: 64, or a power of two from 4 that is part of a subgroup |
    | | `columns` | gpu | neighbouring columns that an invocation reduces: 1, 4 or 16 |
    | | `split` | gpu | 1: a row is spread over several teams |
    | | `workgroup` | gpu | invocations of a workgroup, where each runs columns or rows alone |
    | `matmul` | `tile_rows`, `tile_vectors` | cpu | the register tile, in rows and vectors |
    | | `k_block` | cpu | length of a block of the sum |
    | | `unit_rows`, `unit_cols` | cpu | register tiles of a work unit |
    | | `pack_lhs`, `pack_rhs` | cpu | 0: read where it is, 1: packed by each unit, 2: packed once for all |
    | | `inline_epilogue` | cpu | 1: what follows the product is emitted per vector of the tile, 0: as a function |
    | | `shared` | gpu | 1: operands go through shared memory, 0: a subgroup passes them round |
    | | `tile_rows`, `tile_cols`, `tile_depth` | gpu | what a workgroup holds in shared memory |
    | | `rows`, `cols` | gpu | the tile an invocation holds in registers |
    | `row`, `matmul` | `pairs` | gpu | 1: neighbouring vectors are loaded together |
    | `scan` | `team` | gpu | invocations that scan a row: 1, or a power of two from 4 that is part of a subgroup |
    | `scatter` | `parts` | gpu | invocations that share a column |

    What fuses is pinned elsewhere: `max-ops` of `mx-form-fusions`, `max-elements` of `mx-form-chains`. Needs phase `program`. With
    `kind=map entries=workgroup=64,elements=4` a kernel gets:

    ```mlir
    mxp.kernel @k0 "map" (%a: tensor<8xf32>) -> (tensor<8xf32>) attributes {config = {elements = 4, workgroup = 64}} {
      %0 = mx.exp %a : tensor<8xf32>
      mx.yield %0 : tensor<8xf32>
    }
    ```
  }];
  let options = [
    Option<"kind", "kind", "std::string", "", "Kernels of this kind only; all when empty">,
    ListOption<"entries", "entries", "std::string", "name=integer, separated by commas">,
  ];
}

def VerifyPhase : Pass<"mx-verify-phase", "::mlir::ModuleOp"> {
  let summary = "Reports what a phase does not allow.";
  let description = [{
    A program is functions of one block over tensors of mx's element types. Phase `traced` allows all ops of the mx dialect;
    from `core` on composites are open and broadcasts explicit; from `fused` on compute lies inside mx.fusion or
    mxp.kernel; in `program` no fusion is left. Changes nothing.

    ```mlir
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mx.exp %x : tensor<8xf32>
      return %0 : tensor<8xf32>
    }
    ```
  }];
  let options = [Option<"phase", "phase", "std::string", "\"traced\"", "traced, core, fused or program.">];
}

#endif
