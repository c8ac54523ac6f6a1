// Central differences at h and h/2, combined to cancel the h^2 term (Richardson): about 1e-10 in float64.
#include "tests/transforms/Check.h"

#include <cmath>
#include <sstream>

namespace mx::test {

std::vector<double> elements(const array &a) {
  array wide = astype(a, float64);
  wide.eval();
  const Shape &shape = wide.shape();
  const Strides &strides = wide.strides();
  std::vector<double> result;
  result.reserve(wide.size());
  const double *data = wide.data<double>();
  std::vector<int> index(shape.size(), 0);
  for (size_t n = wide.size(); n-- > 0;) {
    int64_t at = 0;
    for (size_t i = 0; i < shape.size(); ++i)
      at += index[i] * strides[i];
    result.push_back(data[at]);
    for (size_t i = shape.size(); i-- > 0 && ++index[i] == shape[i];)
      index[i] = 0;
  }
  return result;
}

namespace {

testing::AssertionResult compare(const std::vector<double> &got, const std::vector<double> &want, double tolerance) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " elements, want " << want.size();
  double largest = 1;
  for (double w : want)
    if (std::isfinite(w))
      largest = std::max(largest, std::abs(w));
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i])) ||
        std::abs(got[i] - want[i]) <= tolerance * largest)
      continue;
    std::ostringstream lists;
    lists.precision(12);
    for (size_t k = 0; k < std::min<size_t>(got.size(), 24); ++k)
      lists << "\n  " << got[k] << "  want " << want[k];
    return testing::AssertionFailure() << "element " << i << " of" << lists.str();
  }
  return testing::AssertionSuccess();
}

} // namespace

testing::AssertionResult close(const array &got, const array &want, double tolerance) {
  if (got.shape() != want.shape() || got.dtype() != want.dtype()) {
    std::ostringstream message;
    message << "shape " << got.shape() << ' ' << got.dtype() << ", want " << want.shape() << ' ' << want.dtype();
    return testing::AssertionFailure() << message.str();
  }
  return compare(elements(got), elements(want), tolerance);
}

testing::AssertionResult close(const array &got, const std::vector<double> &want, double tolerance) {
  return compare(elements(got), want, tolerance);
}

double dot(const Arrays &a, const Arrays &b) {
  double sum = 0;
  // Together: one program for all that the list shares.
  eval(a);
  eval(b);
  for (size_t i = 0; i < a.size(); ++i) {
    const std::vector<double> x = elements(a[i]), y = elements(b[i]);
    for (size_t k = 0; k < x.size(); ++k)
      sum += x[k] * y[k];
  }
  return sum;
}

std::vector<int> floats(const Arrays &arrays) {
  std::vector<int> result;
  for (size_t i = 0; i < arrays.size(); ++i)
    if (issubdtype(arrays[i].dtype(), floating))
      result.push_back(static_cast<int>(i));
  return result;
}

ArraysFunction restricted(ArraysFunction function, Arrays arguments) {
  return [function = std::move(function), arguments = std::move(arguments)](const Arrays &in) {
    Arrays all = arguments;
    size_t next = 0;
    for (int i : floats(all))
      all[i] = in[next++];
    return function(all);
  };
}

Arrays finiteDifference(const ArraysFunction &function, const Arrays &primals, const Arrays &tangents) {
  auto quotient = [&](double h) {
    Arrays forward, backward;
    for (size_t i = 0; i < primals.size(); ++i) {
      array step = tangents[i] * array(h, primals[i].dtype());
      forward.push_back(primals[i] + step);
      backward.push_back(primals[i] - step);
    }
    // Evaluated by itself, the function is one program that all four calls share.
    eval(forward);
    eval(backward);
    Arrays up = function(forward);
    eval(up);
    Arrays down = function(backward);
    eval(down);
    for (size_t i = 0; i < up.size(); ++i)
      up[i] = (up[i] - down[i]) / array(2 * h, up[i].dtype());
    return up;
  };
  Arrays wide = quotient(1e-3), narrow = quotient(5e-4);
  for (size_t i = 0; i < wide.size(); ++i)
    wide[i] = (array(4.0, wide[i].dtype()) * narrow[i] - wide[i]) / array(3.0, wide[i].dtype());
  return wide;
}

Arrays randomLike(const Arrays &arrays, uint64_t seed) {
  Arrays result;
  for (const array &a : arrays)
    result.push_back(Values(a.dtype(), seed++).uniform(a.shape(), -1, 1));
  return result;
}

void PrintTo(const Case &c, std::ostream *os) { *os << c.sample->name; }

std::string caseName(const testing::TestParamInfo<Case> &info) {
  std::string name = std::to_string(info.index) + "_";
  for (char c : info.param.sample->name)
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

} // namespace mx::test
