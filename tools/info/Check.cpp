// Comparisons. Elements are compared as float32: what is compared as integers stays below 2^24.
#include "tools/info/Check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

namespace mx::info {
namespace {

std::string place(const std::string &what, size_t at, double got, double wanted) {
  std::ostringstream os;
  os.precision(9);
  os << what << ": element " << at << " is " << got << " instead of " << wanted;
  return os.str();
}

} // namespace

std::vector<float> valuesOf(const array &a) {
  array dense = contiguous(astype(a, float32));
  dense.eval();
  return {dense.data<float>(), dense.data<float>() + dense.size()};
}

void Findings::near(const std::string &what, const array &got, const std::function<double(size_t)> &wanted, double tolerance) {
  const std::vector<float> elements = valuesOf(got);
  for (size_t i = 0; i < elements.size(); ++i) {
    const double right = wanted(i), error = std::abs(elements[i] - right) / std::max(1.0, std::abs(right));
    if (!(error <= tolerance))
      throw Wrong(place(what, i, elements[i], right));
    worst = std::max(worst, error);
  }
  compared += elements.size();
}

void Findings::sameBits(const std::string &what, const array &got, const array &wanted) {
  const std::vector<float> a = valuesOf(got), b = valuesOf(wanted);
  if (a.size() != b.size())
    throw Wrong(what + ": " + std::to_string(a.size()) + " elements instead of " + std::to_string(b.size()));
  for (size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0)
      throw Wrong(place(what, i, a[i], b[i]));
  compared += a.size();
}

void Findings::that(bool holds, const std::string &otherwise) {
  if (!holds)
    throw Wrong(otherwise);
  ++compared;
}

void Findings::refused(const std::string &what, ErrorCode code, const std::function<void()> &run) {
  try {
    run();
  } catch (const Error &error) {
    that(error.code() == code, what + " is refused for another reason: " + error.what());
    return;
  }
  throw Wrong(what + " is not refused");
}

array mixture(const array &x, const array &w) {
  const array h = tanh(matmul(x, w));
  return softmax(h, -1) + cumsum(h, 1) * mean(h, 1, true) + random::normal(h.shape(), random::key(11));
}

} // namespace mx::info
