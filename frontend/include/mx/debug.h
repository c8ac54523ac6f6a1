// Checks for finding faults: in a program, and in what this machine makes of it.
#pragma once

#include "mx/config.h"
#include "mx/device.h"
#include "mx/dtype.h"

#include <functional>
#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx::debug {

/// With `on`, evaluation fails where an operation makes a NaN out of inputs that have none: an InvalidArgument names the first
/// such operation, the element, and the line of the call. NaNs of the user's own data pass. It holds for every device and for
/// what is evaluated from then on; every intermediate result is kept and looked at, and compiled functions run as they
/// would without mx::compile. Off at first; for the whole process.
void nan_check(bool on);

/// What check_ops found for one operation.
struct OpCheck {
  /// Its name, as in docs/ir/ops.md: `arctan2`.
  std::string op;
  /// How many calls were compared: one for each dtype and choice of axes.
  int calls = 0;
  /// The largest error of a floating-point result: in units in its last place, or in those of the largest element of the result
  /// where terms cancel (sums, products, scans).
  double worst = 0;
  /// The first result that is wrong, or why the operation failed; empty when all is well.
  std::string problem;
};

/// Runs every element-wise operation, reduction and scan on `device` and compares with a plain interpreter that mx has for this:
/// NaNs, infinities and zeros of both signs among the inputs, sizes that fill no vector. `report` is called after each operation.
/// Dtypes that a gpu lacks are left out. With `dtypes`, inputs have only these. It takes a few seconds to a minute.
void check_ops(Device device, const std::function<void(const OpCheck &)> &report, const std::vector<Dtype> &dtypes = {});

} // namespace mx::debug
MX_PUBLIC_END
