// Counter-based random numbers. A key is a uint32 array of shape {2}; equal keys give equal numbers, on every
// device and at any number of threads. Without a key a function takes the next one of a process-wide
// sequence. Generator: threefry2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As
// Easy as 1, 2, 3, SC 2011). key, split and bits give the bits of JAX with jax_threefry_partitionable=False.
#pragma once

#include "mx/array.h"
#include "mx/stream.h"
#include "mx/utils.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

MX_PUBLIC_BEGIN
namespace mx::random {

/// A key that is split at every draw. Thread-safe; the state lives on the host, so a draw builds no chain of
/// arrays.
class KeySequence {
public:
  explicit KeySequence(uint64_t seed);
  /// Starts the sequence anew.
  void seed(uint64_t seed);
  /// The next key: the second half of a split, whose first half becomes the state.
  array next();
  /// The next `n` keys, as n calls of next() give them: uint32 of shape {n, 2}.
  array next(int n);

  /// The process-wide sequence, seeded from the clock at the first use.
  static KeySequence &default_();

private:
  /// Splits the state; the caller holds the mutex.
  std::pair<uint32_t, uint32_t> draw();
  std::mutex mutex;
  uint32_t words[2];
};

/// The key of a seed: its high and its low 32 bits.
array key(uint64_t seed);

/// Seeds the process-wide sequence.
void seed(uint64_t seed);

/// Uniform bits: uint32, uint16 or uint8 for a `width` of 4, 2 or 1 bytes. Throws InvalidArgument for another
/// width and for a key that is not uint32 of shape {2}.
array bits(const Shape &shape, int width, const std::optional<array> &key = std::nullopt,
           StreamOrDevice s = {});
inline array bits(const Shape &shape, const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return bits(shape, 4, key, s);
}

/// Two new keys. Neither the old key nor another split of it should be used again.
std::pair<array, array> split(const array &key, StreamOrDevice s = {});
/// `num` new keys: uint32 of shape {num, 2}.
array split(const array &key, int num, StreamOrDevice s = {});

/// Uniform in [low, high): 32 random bits scaled by 2^-32 (float64: 53 bits of 64 scaled by 2^-53), capped
/// below 1, times the range. `low` and `high` broadcast to `shape`. Throws InvalidArgument for a dtype that
/// is not real floating point.
array uniform(const array &low, const array &high, const Shape &shape, Dtype dtype = float32,
              const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
template <typename T, typename U>
array uniform(T low, U high, const Shape &shape, Dtype dtype = float32,
              const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return uniform(array(low), array(high), shape, dtype, key, s);
}
/// Uniform in [0, 1).
array uniform(const Shape &shape, Dtype dtype, const std::optional<array> &key = std::nullopt,
              StreamOrDevice s = {});
inline array uniform(const Shape &shape, const std::optional<array> &key = std::nullopt,
                     StreamOrDevice s = {}) {
  return uniform(shape, float32, key, s);
}

/// Normal with mean `loc` and standard deviation `scale`, which broadcast to `shape`: sqrt(2) erfinv(u) with
/// u uniform in
/// (-1, 1), the inverse of the distribution function. complex64 has independent real and imaginary parts of
/// variance 1/2 each. Throws InvalidArgument for an integer dtype.
array normal(const Shape &shape, Dtype dtype, const std::optional<array> &loc,
             const std::optional<array> &scale, const std::optional<array> &key, StreamOrDevice s = {});
inline array normal(const Shape &shape, Dtype dtype, float loc, float scale,
                    const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return normal(shape, dtype, loc == 0 ? std::nullopt : std::optional<array>(array(loc, dtype)),
                scale == 1 ? std::nullopt : std::optional<array>(array(scale, dtype)), key, s);
}
inline array normal(const Shape &shape, float loc, float scale,
                    const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return normal(shape, float32, loc, scale, key, s);
}
inline array normal(const Shape &shape, Dtype dtype, const std::optional<array> &key = std::nullopt,
                    StreamOrDevice s = {}) {
  return normal(shape, dtype, std::nullopt, std::nullopt, key, s);
}
inline array normal(const Shape &shape, const std::optional<array> &key = std::nullopt,
                    StreamOrDevice s = {}) {
  return normal(shape, float32, std::nullopt, std::nullopt, key, s);
}

/// Integers in [low, high), uniform up to a bias of range / 2^32 (range / 2^64 for 64-bit dtypes); `low`
/// where the interval is empty. `low` and `high` broadcast to `shape`. Throws InvalidArgument for a
/// floating-point dtype.
array randint(const array &low, const array &high, const Shape &shape, Dtype dtype = int32,
              const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
template <typename T, typename U>
array randint(T low, U high, const Shape &shape, Dtype dtype = int32,
              const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return randint(array(low), array(high), shape, dtype, key, s);
}

/// True with probability `p` (always from 1 on, never up to 0), which broadcasts to `shape`. Throws
/// InvalidArgument unless p is floating point.
array bernoulli(const array &p, const Shape &shape, const std::optional<array> &key = std::nullopt,
                StreamOrDevice s = {});
/// One draw per element of `p`.
array bernoulli(const array &p, const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
template <typename T>
array bernoulli(T p, const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return bernoulli(array(p), key, s);
}
template <typename T>
array bernoulli(T p, const Shape &shape, const std::optional<array> &key = std::nullopt,
                StreamOrDevice s = {}) {
  return bernoulli(array(p), shape, key, s);
}
/// One fair coin.
array bernoulli(const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});

/// Standard normal, kept to [lower, upper] by drawing u between erf(lower / sqrt(2)) and erf(upper /
/// sqrt(2)).
array truncated_normal(const array &lower, const array &upper, const Shape &shape, Dtype dtype = float32,
                       const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
/// The same, of the shape that the bounds broadcast to.
array truncated_normal(const array &lower, const array &upper, Dtype dtype = float32,
                       const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});

/// Standard Gumbel: -log(-log(u)).
array gumbel(const Shape &shape, Dtype dtype = float32, const std::optional<array> &key = std::nullopt,
             StreamOrDevice s = {});

/// uint32 class numbers, drawn with probabilities softmax(logits, axis) by the Gumbel-max trick (Gumbel 1954;
/// Maddison, Tarlow, Minka: A* Sampling, NIPS 2014). The shape of logits without `axis` broadcasts to
/// `shape`.
array categorical(const array &logits, int axis, const Shape &shape,
                  const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
/// `num_samples` draws per row, along a new last axis.
array categorical(const array &logits, int axis, int num_samples,
                  const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
/// One draw per row.
array categorical(const array &logits, int axis = -1, const std::optional<array> &key = std::nullopt,
                  StreamOrDevice s = {});

/// Laplace with mean `loc` and scale `scale`, by the inverse of the distribution function.
array laplace(const Shape &shape, Dtype dtype, float loc, float scale,
              const std::optional<array> &key = std::nullopt, StreamOrDevice s = {});
inline array laplace(const Shape &shape, float loc, float scale,
                     const std::optional<array> &key = std::nullopt, StreamOrDevice s = {}) {
  return laplace(shape, float32, loc, scale, key, s);
}
inline array laplace(const Shape &shape, Dtype dtype, const std::optional<array> &key = std::nullopt,
                     StreamOrDevice s = {}) {
  return laplace(shape, dtype, 0.0f, 1.0f, key, s);
}
inline array laplace(const Shape &shape, const std::optional<array> &key = std::nullopt,
                     StreamOrDevice s = {}) {
  return laplace(shape, float32, 0.0f, 1.0f, key, s);
}

} // namespace mx::random
MX_PUBLIC_END
