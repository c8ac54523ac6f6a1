// What the two programs agree on.
#pragma once

namespace deploy {

/// Characters are bytes of ASCII.
constexpr int kVocabulary = 128;
constexpr int kContext = 32, kBatch = 8;

} // namespace deploy
