// What a check of the self-test is, and what it compares with: everything it looks at goes through a Findings, which counts,
// keeps the largest error and throws `Wrong` at the first result that is off.
#pragma once

#include <mx/mx.h>

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace mx::info {

/// A wrong result, described.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a check found so far.
class Findings {
public:
  /// |got - wanted(i)| <= tolerance * max(1, |wanted(i)|) for each element; a NaN is wrong.
  void near(const std::string &what, const array &got, const std::function<double(size_t)> &wanted, double tolerance);
  void same(const std::string &what, const array &got, const std::function<double(size_t)> &wanted) { near(what, got, wanted, 0); }
  void sameBits(const std::string &what, const array &got, const array &wanted);
  /// Something that is not about numbers.
  void that(bool holds, const std::string &otherwise);
  /// `run` has to throw an mx::Error of this code.
  void refused(const std::string &what, ErrorCode code, const std::function<void()> &run);

  /// How many results were compared, and the largest error in units of the tolerance's: relative past 1, absolute below.
  size_t compared = 0;
  double worst = 0;
  /// What else there is to say, such as a rate that was measured.
  std::string note;
};

/// How much time there is: Quick for builds that run it each time, Full for a machine that somebody wants to know.
enum class Effort { Quick, Full };

struct Check {
  /// Without blanks: it is an argument of --only.
  const char *name;
  void (*run)(Findings &, Effort);
};

/// Numbers of the default device, against what is known without mx.
std::span<const Check> numberChecks();
/// The default device under load: many threads, large arrays; rates are measured for information.
std::span<const Check> loadChecks();
/// What there is once for a machine: files, program files, the cache.
std::span<const Check> machineChecks();

/// The elements as float32, wherever they are.
std::vector<float> valuesOf(const array &a);
/// A mixture of all kinds of kernels, whose result is the same bits however it is evaluated.
array mixture(const array &x, const array &w);

} // namespace mx::info
