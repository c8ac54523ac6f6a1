// A lazy graph laid out for compilation: nodes in topological order, inputs numbered by first visit, and the key
// under which its program is cached. One iterative walk makes all of it; a cache hit never touches MLIR.
#pragma once

#include "frontend/trace/Node.h"
#include "runtime/base/Hash.h"

namespace mx::graph {

/// Whether sizes are baked into the program or passed at each call.
enum class Sizes : uint8_t { Static, Dynamic };

/// What mx::set_exact says.
bool exactArithmetic();

/// What mx::debug::nan_check says.
bool checkingNans();

/// What compiling a trace does; part of its key.
struct Passes {
  bool simplify = true, fuse = true, exact = exactArithmetic(), checksNans = checkingNans();
  bool operator==(const Passes &) const = default;
};

/// Valid until the graph lock is released or a node is evaluated: nodes are not owned.
struct Trace {
  Sizes sizes = Sizes::Dynamic;
  Passes passes;
  /// Ops to compute, operands first.
  std::vector<Node *> ops;
  /// What ops read and others compute: available and scheduled nodes and placeholders, in order of first visit.
  std::vector<Node *> inputs;
  /// Ops whose values the program returns.
  std::vector<Node *> outputs;
  /// Composites (GroupInfo::inIR) met on the way, outer ones before those in their bodies.
  std::vector<Node *> groups;
  rt::Hash128 key{};
  /// Values of s0, s1, ...: first come distinct sizes and offsets as the walk meets them.
  std::vector<int64_t> symbols;

  void clear();
};

/// Groups equal sizes: each distinct size but 0 and 1 gets a symbol, so that "the same size" is known under `?`.
/// Offsets get symbols of their own and are never merged: a new value is never a new program.
class SizeClasses {
public:
  explicit SizeClasses(Trace &trace) : trace(trace) {}
  /// The Dim of a size.
  ir::Dim size(int64_t n);
  /// The Dim of an offset.
  ir::Dim offset(int64_t n);

private:
  Trace &trace;
  std::vector<std::pair<int64_t, ir::Dim>> known;
};

/// Walks from `roots`, whose values are ops that nobody computes yet, to the inputs. With `keepHeld`, nodes met on the way
/// that users hold become outputs too, after the roots; where NaNs are checked, all of floating point do, before them and in the
/// order of `ops`. Throws the error of a node that failed. The caller holds graphMutex.
void traceGraph(std::span<Node *const> roots, Sizes sizes, bool keepHeld, Trace &trace, Passes passes = {});

/// How an input's elements lie, as the importer and the key see it: row-major, as programs make them, or strided over
/// flat memory.
bool isRowMajor(const Node &node);

/// How many elements of memory lie before the first element of a strided input: strides may be negative, and its program
/// gets the lowest address.
int64_t elementsBefore(const Node &node);

/// A fresh mark for Node::mark; the caller holds graphMutex.
uint32_t nextMark();

} // namespace mx::graph
