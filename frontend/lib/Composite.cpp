// Composites of one result.
#include "frontend/lib/Composite.h"

#include "frontend/include/mx/ops.h"

#include <charconv>

namespace mx::lib {

array composite(std::string name, CompositeAttrs attrs, std::vector<array> args, const array &result,
                CompositeVjp vjp) {
  graph::GroupInfo info;
  info.name = std::move(name);
  info.attrs = std::move(attrs);
  info.numArgs = static_cast<uint32_t>(args.size());
  info.inIR = true;
  if (vjp)
    info.vjp = [vjp = std::move(vjp)](const std::vector<array> &args, const std::vector<array> &cotangents,
                                      const std::vector<array> &outputs) {
      return vjp(args, cotangents[0], outputs[0]);
    };
  return graph::makeGroup(std::move(info), args, {result})[0];
}

template <typename T> static std::string shortest(T value) {
  char text[32];
  return {text, std::to_chars(std::begin(text), std::end(text), value).ptr};
}
ir::AttrValue number(float value) { return shortest(value); }
ir::AttrValue number(double value) { return shortest(value); }

ir::AttrValue list(const std::vector<int> &axes) { return std::vector<int64_t>(axes.begin(), axes.end()); }

array sumTo(const array &a, const Shape &shape, const StreamOrDevice &s) {
  if (a.shape() == shape)
    return a;
  const int lead = static_cast<int>(a.ndim() - shape.size());
  std::vector<int> axes;
  for (int i = 0; i < static_cast<int>(a.ndim()); ++i)
    if (i < lead || (shape[i - lead] == 1 && a.shape(i) != 1))
      axes.push_back(i);
  return reshape(sum(a, axes, false, s), shape, s);
}

} // namespace mx::lib
