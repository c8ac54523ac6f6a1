// Pictures of the lazy graph: what there is to compute before an eval.
#pragma once

#include "mx/array.h"

#include <iosfwd>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// Names for arrays in a picture; those without one get A, B, C, ... in the order of appearance.
class NodeNamer {
public:
  /// Name of an array, made up when it has none.
  const std::string &get_name(const array &x);
  /// Gives an array a name.
  void set_name(const array &x, std::string name);

private:
  std::unordered_map<std::uintptr_t, std::string> names;
};

/// A line per op, operands before their users: `exp [A : (2,3), float32] -> B : (2,3), float32`.
void print_graph(std::ostream &os, NodeNamer namer, const std::vector<array> &outputs);
void print_graph(std::ostream &os, const std::vector<array> &outputs);
template <typename... Arrays, typename = std::enable_if_t<(std::is_same_v<std::decay_t<Arrays>, array> && ...)>>
void print_graph(std::ostream &os, Arrays &&...outputs) {
  print_graph(os, std::vector<array>{std::forward<Arrays>(outputs)...});
}
template <typename... Arrays, typename = std::enable_if_t<(std::is_same_v<std::decay_t<Arrays>, array> && ...)>>
void print_graph(std::ostream &os, NodeNamer namer, Arrays &&...outputs) {
  print_graph(os, std::move(namer), std::vector<array>{std::forward<Arrays>(outputs)...});
}

/// The graph in the language of Graphviz: boxes for ops, ellipses for arrays.
void export_to_dot(std::ostream &os, NodeNamer namer, const std::vector<array> &outputs);
void export_to_dot(std::ostream &os, const std::vector<array> &outputs);
template <typename... Arrays, typename = std::enable_if_t<(std::is_same_v<std::decay_t<Arrays>, array> && ...)>>
void export_to_dot(std::ostream &os, Arrays &&...outputs) {
  export_to_dot(os, std::vector<array>{std::forward<Arrays>(outputs)...});
}
template <typename... Arrays, typename = std::enable_if_t<(std::is_same_v<std::decay_t<Arrays>, array> && ...)>>
void export_to_dot(std::ostream &os, NodeNamer namer, Arrays &&...outputs) {
  export_to_dot(os, std::move(namer), std::vector<array>{std::forward<Arrays>(outputs)...});
}

} // namespace mx
MX_PUBLIC_END
