// Named composites: plain functions over ops that stay visible in the IR as `mx.composite "name" {attrs}`.
#pragma once

#include "frontend/trace/Node.h"

namespace mx::graph {

using GroupAttrs = std::vector<std::pair<std::string, ir::AttrValue>>;

/// What makeGroup takes for a composite; custom rules may be added.
inline GroupInfo compositeInfo(std::string name, GroupAttrs attrs) {
  GroupInfo info;
  info.name = std::move(name);
  info.attrs = std::move(attrs);
  info.inIR = true;
  return info;
}

/// `result`, computed from `args`, as the one output of a composite.
inline array composite(std::string name, GroupAttrs attrs, const std::vector<array> &args, const array &result) {
  return makeGroup(compositeInfo(std::move(name), std::move(attrs)), args, {result})[0];
}

} // namespace mx::graph
