// Shapes of joins, pads and indexing. An update has the dtype of what it updates: the frontend casts, the IR shows it.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

#include <algorithm>

namespace mx::ir::shape {
namespace {

rt::Status checkSameDtype(std::string_view what, rt::DType got, rt::DType want) {
  if (got == want)
    return {};
  return invalid(std::string(what) + " has dtype " + name(got) + ", the operand " + name(want) + "; convert it with astype");
}

/// `mode` combines values of this dtype.
rt::Status checkMode(const std::string &mode, rt::DType dtype, std::initializer_list<std::string_view> allowed) {
  if (std::find(allowed.begin(), allowed.end(), mode) == allowed.end()) {
    std::string list;
    for (std::string_view a : allowed)
      list.append(list.empty() ? "" : ", ").append(a);
    return invalid("mode '" + mode + "' is none of " + list + "; take one of these");
  }
  return mode == "set" ? rt::Status() : checkReal("mode " + mode, dtype);
}

/// The shape that index tensors broadcast to, one tensor per axis.
rt::Result<Dims> indexDims(std::span<const TensorType> indices, std::span<const int64_t> axes, const Dims &x) {
  if (auto status = checkAxes(axes, x); !status)
    return status.error();
  if (indices.size() != axes.size())
    return invalid("needs one index array per axis: " + std::to_string(indices.size()) + " for " +
                   std::to_string(axes.size()) + " axes; give an array for each axis that is indexed");
  Dims dims;
  for (const TensorType &index : indices) {
    if (!isInteger(index.dtype))
      return invalid("indices are integers, got " + name(index.dtype) + "; convert with astype");
    auto joined = broadcastDims(dims, index.dims);
    if (!joined)
      return joined.error();
    dims = std::move(*joined);
  }
  return dims;
}

/// A window of `sizes` fits into `dims`.
rt::Status checkFits(const Dims &sizes, const Dims &dims) {
  if (auto status = checkLength("the window", sizes.size(), dims); !status)
    return status;
  for (size_t i = 0; i < dims.size(); ++i) {
    Dim room = dims[i] - sizes[i];
    if ((room.isConstant() && room.value() < 0) || (sizes[i].isConstant() && sizes[i].value() < 0))
      return invalid("a window of " + str(sizes) + " does not fit into " + str(dims) + "; take a smaller one");
  }
  return {};
}

/// Shapes of one rank, equal but along `axis`, broadcast where they are 1.
rt::Result<Dims> alongAxis(const Dims &x, const Dims &indices, int64_t axis) {
  if (auto status = checkAxis(axis, x); !status)
    return status.error();
  if (x.size() != indices.size())
    return invalid("indices have the rank of the operand: " + str(indices) + " for " + str(x) + "; add axes of size 1 with expand_dims");
  Dims a = x, b = indices;
  a[axis] = b[axis] = 1;
  auto dims = broadcastDims(a, b);
  if (!dims)
    return invalid("indices " + str(indices) + " do not broadcast to " + str(x) + " outside axis " + std::to_string(axis) +
                   "; elsewhere sizes are alike, or 1");
  (*dims)[axis] = indices[axis];
  return dims;
}

} // namespace

rt::Result<TensorType> infer_concatenate(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  int64_t axis = intAttribute(attrs, 0);
  if (inputs.empty())
    return invalid("needs at least one array; the list is empty");
  TensorType result = inputs[0];
  if (auto status = checkAxis(axis, result.dims); !status)
    return status.error();
  for (const TensorType &in : inputs.subspan(1)) {
    result.dtype = promoteTypes(result.dtype, in.dtype);
    bool fits = in.dims.size() == result.dims.size();
    for (size_t i = 0; fits && i < in.dims.size(); ++i) {
      if (static_cast<int64_t>(i) == axis)
        result.dims[i] = result.dims[i] + in.dims[i];
      else if ((fits = !provablyDifferent(result.dims[i], in.dims[i])))
        result.dims[i] = known(result.dims[i], in.dims[i]);
    }
    if (!fits)
      return invalid("shapes differ outside axis " + std::to_string(axis) + ": " + str(inputs[0].dims) + " and " + str(in.dims) + "; slice, pad or transpose one");
  }
  if (auto status = checkSizes(result.dims); !status)
    return status.error();
  return result;
}

rt::Result<TensorType> infer_pad(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0], &value = inputs[1];
  const Dims &low = attribute<Dims>(attrs, 0), &shape = attribute<Dims>(attrs, 1);
  if (!value.dims.empty())
    return invalid("the value is a scalar, got " + str(value.dims) + "; reshape it to {}");
  if (auto status = checkSameDtype("the value", value.dtype, x.dtype); !status)
    return status.error();
  if (auto status = checkLength("low", low.size(), x.dims); !status)
    return status.error();
  if (auto status = checkLength("shape", shape.size(), x.dims); !status)
    return status.error();
  if (auto status = checkSizes(shape); !status)
    return status.error();
  for (size_t i = 0; i < low.size(); ++i) {
    Dim room = shape[i] - low[i] - x.dims[i];
    if ((low[i].isConstant() && low[i].value() < 0) || (room.isConstant() && room.value() < 0))
      return invalid(str(x.dims) + " placed at " + str(low) + " does not fit into " + str(shape) + "; make that larger");
  }
  return TensorType{x.dtype, shape};
}

rt::Result<TensorType> infer_slice_update(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0], &update = inputs[1];
  if (auto status = checkSameDtype("the update", update.dtype, x.dtype); !status)
    return status.error();
  if (auto status = checkMode(attribute<std::string>(attrs, 2), x.dtype, {"set", "add", "prod", "max", "min"}); !status)
    return status.error();
  if (auto status = checkLength("the update", update.dims.size(), x.dims); !status)
    return status.error();
  auto status = checkWindow(x.dims, attribute<Dims>(attrs, 0), update.dims, attribute<std::vector<int64_t>>(attrs, 1));
  if (!status)
    return status.error();
  return x;
}

rt::Result<TensorType> infer_gather(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0];
  const Dims &sizes = attribute<Dims>(attrs, 1);
  auto dims = indexDims(inputs.subspan(1), attribute<std::vector<int64_t>>(attrs, 0), x.dims);
  if (!dims)
    return dims.error();
  if (auto status = checkFits(sizes, x.dims); !status)
    return status.error();
  dims->insert(dims->end(), sizes.begin(), sizes.end());
  if (auto status = checkSizes(*dims); !status)
    return status.error();
  return TensorType{x.dtype, std::move(*dims)};
}

rt::Result<TensorType> infer_take_along_axis(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0], &indices = inputs[1];
  int64_t axis = intAttribute(attrs, 0);
  if (!isInteger(indices.dtype))
    return invalid("indices are integers, got " + name(indices.dtype) + "; convert with astype");
  auto dims = alongAxis(x.dims, indices.dims, axis);
  if (!dims)
    return dims.error();
  if (x.dims[axis].is(0) && !indices.dims[axis].is(0))
    return invalid("axis " + std::to_string(axis) + " of " + str(x.dims) + " is empty: nothing to take; take from an axis that has entries");
  return TensorType{x.dtype, std::move(*dims)};
}

rt::Result<TensorType> infer_scatter(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0], &updates = inputs[1];
  if (auto status = checkSameDtype("updates", updates.dtype, x.dtype); !status)
    return status.error();
  if (auto status = checkMode(attribute<std::string>(attrs, 1), x.dtype, {"set", "add", "prod", "max", "min"}); !status)
    return status.error();
  auto index = indexDims(inputs.subspan(2), attribute<std::vector<int64_t>>(attrs, 0), x.dims);
  if (!index)
    return index.error();
  bool fits = updates.dims.size() == index->size() + x.dims.size();
  for (size_t i = 0; fits && i < index->size(); ++i)
    fits = !provablyDifferent(updates.dims[i], (*index)[i]);
  if (!fits)
    return invalid("updates " + str(updates.dims) + " are not indices " + str(*index) + " followed by a window of " + str(x.dims) +
                   "; a window has all axes of it, those that are indexed with size 1");
  if (auto status = checkFits(Dims(updates.dims.begin() + index->size(), updates.dims.end()), x.dims); !status)
    return status.error();
  return x;
}

rt::Result<TensorType> infer_scatter_axis(const OpRow &, std::span<const TensorType> inputs, const Attrs &attrs) {
  const TensorType &x = inputs[0], &indices = inputs[1], &values = inputs[2];
  int64_t axis = intAttribute(attrs, 0);
  if (!isInteger(indices.dtype))
    return invalid("indices are integers, got " + name(indices.dtype) + "; convert with astype");
  if (auto status = checkSameDtype("values", values.dtype, x.dtype); !status)
    return status.error();
  if (auto status = checkMode(attribute<std::string>(attrs, 1), x.dtype, {"set", "add"}); !status)
    return status.error();
  auto dims = alongAxis(x.dims, indices.dims, axis);
  if (!dims)
    return dims.error();
  // Indices and values broadcast to x, never x to them.
  Dims target = x.dims;
  target[axis] = indices.dims[axis];
  for (const TensorType *in : {&indices, &values}) {
    auto joined = broadcastDims(target, in->dims);
    bool fits = in->dims.size() == target.size() && joined;
    for (size_t i = 0; fits && i < target.size(); ++i)
      fits = !provablyDifferent((*joined)[i], target[i]);
    if (!fits)
      return invalid(std::string(in == &values ? "values " : "indices ") + str(in->dims) + " do not broadcast to " + str(target) + "; sizes are alike, or 1");
  }
  return x;
}

} // namespace mx::ir::shape
