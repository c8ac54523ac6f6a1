// What the small examples share: a training step of any loss with Adam, which is one compiled function.
#pragma once

#include "mx/mx.h"

namespace examples {

using Arrays = std::vector<mx::array>;
/// (parameters, batch) -> scalar.
using Loss = std::function<mx::array(const Arrays &, const Arrays &)>;

/// Minimises a loss. Source of the update: Kingma, Ba: Adam, 2014, arXiv:1412.6980.
class Training {
public:
  Training(Arrays parameters, Loss loss, float rate);
  /// One step on a batch, whose shapes are the same each time; returns the loss before it.
  float step(const Arrays &batch);
  const Arrays &parameters() const { return current; }

private:
  Arrays update(const Arrays &in) const;

  Arrays current, means, squares;
  Loss loss;
  float rate;
  int stepsDone = 0;
  mx::CompiledFunction<Arrays(const Arrays &)> compiled;
};

/// Weights (inputs, outputs) for layers that are followed by a rectifier. Source: He et al., 2015, arXiv:1502.01852.
mx::array initialWeights(int inputs, int outputs);

} // namespace examples
