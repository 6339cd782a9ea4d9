"""One step of a `Fitting`, without a compiled program."""

import keras
import numpy as np

from training.core.fit import Fitting


def assert_one_step_moves_every_weight(fitting: Fitting) -> None:
    """The loss of a batch is finite, and after two steps every trainable weight is another than before.

    Two, because the first may leave at zero what a weight of zero is multiplied with.
    """
    fitting.trainer.run_eagerly = True
    variables = fitting.model.trainable_variables
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]
    batch = fitting.batches[0]
    for _ in range(2):
        found = fitting.trainer.train_on_batch(*batch, return_dict=True)
        assert np.isfinite(float(found["loss"]))
    after = map(keras.ops.convert_to_numpy, variables)
    still = [v.path for v, old, new in zip(variables, before, after, strict=True) if np.array_equal(old, new)]
    assert variables and not still, still
