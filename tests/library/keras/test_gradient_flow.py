"""The gradients of states and the Jacobians between them: known answers, finite differences, any Keras model."""

import keras
import numpy as np
import pytest
from keras import ops

from rnn_models import (
    AttentiveDecoder,
    BahdanauAttention,
    Bidirectional,
    GRUCell,
    LSTMCell,
    Recurrent,
    TruncatedBPTT,
    VanillaRNNCell,
    backend,
    custom_gradient,
)
from rnn_models.layers import CELLS
from rnn_models.layers.catalogue import VARIANTS
from rnn_models.probes import gradients
from rnn_models.probes.callback import GradientFlow, read_gradients
from rnn_models.probes.carried_gradients import carried_flow, compiled_back, compiled_run
from rnn_models.probes.gradients import gradient_flow, half_life, power_norms
from tests.support.gradients import double_precision, numpy, uncompiled
from tests.support.helpers import MIXED, B, D, H, T, built, close, normal, sequences


def line(start, stop, *shape):
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


class Started(keras.layers.Layer):
    """A recurrent layer that begins in given states."""

    def __init__(self, cell, states, **options):
        super().__init__(dtype="float64")
        self.recurrent, self.states = Recurrent(cell, dtype="float64", **options), states

    def call(self, x, training=False):
        return self.recurrent(x, initial_state=[ops.convert_to_tensor(state) for state in self.states])


def known(cell, blocks):
    """The cell of the course's numbers after x_1 x_2 x_1 x_2 x_1."""
    cell.build((None, 3))
    k = 3 * blocks
    cell.kernel.assign(line(-0.6, 0.5, 3, k))
    cell.recurrent_kernel.assign(line(-0.5, 0.8, 3, k))
    cell.bias.assign(line(-0.3, 0.4, k))
    x = np.stack([line(-0.4, 0.7, 3), line(0.9, -0.6, 3)] * 3)[None, :5]
    states = [line(-0.2, 0.5, 1, 3), line(-0.4, 0.9, 1, 3)][: cell.state_count]
    flows = gradient_flow(Started(cell, states), x, np.zeros((1, 3)), jacobians=1)
    (flow,) = flows.values()
    return flow


def whole(kept):
    return kept.prod(axis=1)[0]


def test_the_direct_path_of_an_lstm_is_one_of_several():
    with double_precision(), uncompiled():
        flow = known(LSTMCell(3, dtype="float64"), 4)
    close(whole(flow.kept), [0.031300, 0.040621, 0.051997], 1e-6)
    of_c = flow.block(flow.whole_product, "c", "c")[0]
    close(np.diag(of_c), [0.001629, 0.066005, 0.129731], 1e-6)


def test_the_direct_path_of_a_gru_is_one_of_several():
    with double_precision(), uncompiled():
        flow = known(GRUCell(3, reset_after=False, dtype="float64"), 3)
    close(whole(flow.kept), [0.013961, 0.020881, 0.030469], 1e-6)
    close(np.diag(flow.whole_product[0]), [-0.000124, 0.061674, 0.154712], 1e-6)


def test_a_spectral_radius_is_no_norm():
    norms = power_norms(np.array([[0.9, 5], [0, 0.9]]), 100)
    assert np.argmax(norms) == 8
    close(norms[[8, 49, 99]], [19.4, 1.43, 0.0148], 5e-3)
    close(power_norms(0.9 * np.eye(2), 100)[-1], 2.656e-5, 1e-7)


def test_half_lives_of_forget_gates():
    close([half_life(b) for b in (0, 1, 2, 3, 5)], [np.array(n) for n in (1, 2.2, 5.5, 14.3, 103)], 0.01)


def of_orthogonal(gain, scale, state):
    """A vanilla layer whose U is orthogonal times `gain`, over 100 steps of inputs of this scale."""
    units, steps = 6, 100
    cell = VanillaRNNCell(units, dtype="float64")
    cell.build((None, 1))
    cell.recurrent_kernel.assign(gain * np.linalg.qr(normal(units, units, dtype="float64"))[0])
    layer = Started(cell, [state * normal(1, units, dtype="float64")])
    x = scale * normal(1, steps, 1, dtype="float64")
    (flow,) = gradient_flow(layer, x, np.zeros((1, units)), jacobians=1).values()
    close(np.linalg.svd(flow.recurrent_kernel)[1], np.full(units, gain), 1e-9)
    assert (flow.product_norms <= flow.bounds * (1 + 1e-9)).all()
    assert (flow.spectral_norms <= gain * (1 + 1e-9)).all() and (flow.spectral_radii <= gain * (1 + 1e-9)).all()
    return np.linalg.norm(flow.whole_product[0], ord=2)


def test_an_orthogonal_matrix_with_a_gain():
    """From a tiny state and without input it does what its gain says; with inputs saturation kills that."""
    with double_precision(), uncompiled():
        close(of_orthogonal(0.9, 0, 1e-6), 0.9**100, 1e-8)
        close(of_orthogonal(1.0, 0, 1e-6), 1.0)
        assert 100 < of_orthogonal(1.1, 0, 1e-6) < 1.1**100
        assert of_orthogonal(1.1, 5, 0) < 1e-10


# ------------------------------------------------------------------------------------- gradients of the states


@pytest.mark.parametrize("name", ["vanilla", "lstm", "gru", *VARIANTS])
def test_the_jacobians_carry_the_gradients(name):
    """Where the loss is of the last output alone, ∂L/∂s_t = J_{t+1} ∂L/∂s_{t+1}; masked, from the end."""
    layer = Recurrent(built(CELLS[name](2)), reverse=True)
    with uncompiled():
        (flow,) = gradient_flow(Masked(layer), sequences(), normal(B, 2, seed=3), jacobians=B).values()
    g = np.concatenate(list(flow.gradients.values()), axis=-1)
    assert g.shape == (B, T, sum(flow.sizes.values())) and np.abs(g).max() > 1e-4
    for t in range(T - 1):  # backwards: step t + 1 is read before step t
        close(np.einsum("bij,bj->bi", flow.jacobians[:, t], g[:, t]), g[:, t + 1], 1e-4)
    assert (flow.kept is None) == (name in ("vanilla", "irnn", "indrnn"))
    if flow.kept is not None:
        assert (flow.kept[~MIXED] == 1).all() and (flow.kept >= 0).all() and (flow.kept <= 1).all()
    identity = np.broadcast_to(np.eye(g.shape[-1]), flow.jacobians[~MIXED].shape)
    close(flow.jacobians[~MIXED], identity, 0)


class Masked(keras.layers.Layer):
    """A layer under one mask."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, x, training=False):
        return self.layer(x, mask=ops.convert_to_tensor(MIXED))


def test_the_gradient_of_a_state_is_that_of_an_initial_state():
    """∂L/∂s_t by central differences of what is left of the sequence."""
    layer, x, y = Recurrent(built(LSTMCell(H))), sequences(), normal(B, H, seed=3)
    direction = [normal(B, H, seed=n) for n in (4, 5)]
    whole = Recurrent(layer.cell, return_sequences=True, return_state=True)
    with uncompiled():
        (flow,) = gradient_flow(layer, x, y).values()
        _, *states = (numpy(state) for state in whole(x[:, :3]))
        losses = [
            np.mean((numpy(layer(x[:, 3:], [s + e * d for s, d in zip(states, direction, strict=True)])) - y) ** 2)
            for e in (1e-2, -1e-2)
        ]
    slope = sum(np.sum(flow.gradients[name][:, 2] * d) for name, d in zip("hc", direction, strict=True))
    close(slope, np.array((losses[0] - losses[1]) / 2e-2), 1e-3)
    close(flow.norms["h"], np.linalg.norm(flow.gradients["h"], axis=-1), 1e-6)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_layers_of_keras_are_looked_into_like_ours(kind):
    from rnn_models import from_keras

    theirs = getattr(keras.layers, kind)(H, return_sequences=True, name="recurrent")
    inputs = keras.Input((T, D))
    model = keras.Model(inputs, keras.layers.Dense(2)(theirs(inputs)))
    twin = keras.Model(inputs, model.layers[-1](from_keras(theirs)(inputs)))
    y = normal(B, T, 2, seed=3)
    with uncompiled():
        found, expected = (gradient_flow(one, sequences(), y)["recurrent"] for one in (model, twin))
        close(model(sequences()), twin(sequences()))  # and both run as before
    for name, gradient in expected.gradients.items():
        close(found.gradients[name], gradient, 1e-6)
    assert "call" not in vars(theirs)


def test_both_directions_and_shared_layers_have_their_names():
    inputs = keras.Input((T, D))
    both = Bidirectional(GRUCell(H), return_sequences=True, name="both")
    shared = Recurrent(GRUCell(2 * H), return_sequences=True, name="shared")
    model = keras.Model(inputs, shared(shared(both(inputs))))
    model.compile("sgd", "mse")
    y = normal(B, T, 2 * H, seed=3)
    with uncompiled():
        flows = gradient_flow(model, sequences(), y)
        again = gradient_flow(model, sequences(), y, loss=lambda y, out: (out - y) ** 2)
    assert list(flows) == ["both/forward_layer", "both/backward_layer", "shared", "shared (run 2)"]
    assert [flow.reverse for flow in flows.values()] == [False, True, False, False]
    for name, flow in flows.items():
        close(flow.gradients["h"], again[name].gradients["h"], 1e-6)
    # The last step of the upper run has no later one: its gradient is that of the loss by the output.
    last = numpy(model(sequences()))[:, -1] - y[:, -1]
    close(flows["shared (run 2)"].gradients["h"][:, -1], 2 * last / y.size, 1e-6)


def test_a_callback_writes_every_epoch_and_goes_on_with_its_file(tmp_path):
    inputs = keras.Input((T, D))
    layers = [Recurrent(LSTMCell(H)), keras.layers.Dense(2)]  # Keras numbers their names, and the file must not
    model = keras.Model(inputs, layers[1](layers[0](inputs)))
    path, y = tmp_path / "new" / "gradients.csv", normal(B, 2, seed=3)
    with uncompiled():
        model.compile("sgd", "mse")
        model.fit(sequences(), y, epochs=2, verbose=0, callbacks=[GradientFlow((sequences(), y), path)])
        first = read_gradients(path)
        model.fit(
            sequences(), y, epochs=3, initial_epoch=1, verbose=0, callbacks=[GradientFlow((sequences(), y), path)]
        )
        flow = gradient_flow(model, sequences(), y)["recurrent"]
    lines = read_gradients(path)
    assert [line["epoch"] for line in lines] == np.repeat([1, 2, 3], T).tolist()
    assert lines[:T] == first[:T] and lines[T : 2 * T] != first[T:]
    assert {line["layer"] for line in lines} == {"recurrent"}
    close([np.array(line["h"]) for line in lines[-T:]], list(flow.norms["h"].mean(0)), 1e-4)
    close([np.array(line["kept_after"]) for line in lines[-T:]], list(flow.kept_after.mean((0, 2))), 1e-4)


def test_a_carried_state_is_left_as_it_was():
    layer = TruncatedBPTT(Recurrent(GRUCell(H), return_sequences=True, return_state=True), batch_size=B)
    with uncompiled():
        layer(sequences())
        before = [numpy(v).copy() for v in layer.carried]
        gradient_flow(layer, sequences(), normal(B, T, H))
    close([numpy(v) for v in layer.carried], before, 0)
    assert np.abs(before[0]).max() > 0


def test_a_decoder_that_looks_at_every_step():
    """Its states have the gradients of the decoder that goes step by step."""
    decoder = AttentiveDecoder(GRUCell(H), BahdanauAttention(3), units=5)
    decoder.build_for(D, 4)
    model, y, x = Reader(decoder), normal(B, T, 5, seed=3), sequences()
    with uncompiled():
        (flow,) = gradient_flow(model, x, y).values()
        states = [numpy(ops.zeros((B, H)))]
        for t in range(3):
            _, _, states = decoder.step(ops.convert_to_tensor(x[:, t]), states, model.memory)
        direction = normal(B, H, seed=4)
        losses = []
        for e in (1e-2, -1e-2):
            # What step 3 shows is made of its state, too; the later steps begin with it.
            begun = ops.convert_to_tensor(numpy(states[0]) + e * direction)
            with_state = decoder._output(begun, ops.convert_to_tensor(x[:, 2]), model.context(x, 2))
            rest = decoder(ops.convert_to_tensor(x[:, 3:]), [begun], model.memory)[0]
            losses.append((np.sum((numpy(with_state) - y[:, 2]) ** 2) + np.sum((numpy(rest) - y[:, 3:]) ** 2)) / y.size)
        close(model(x), decoder(ops.convert_to_tensor(x), [ops.zeros((B, H))], model.memory)[0], 0)
    close(np.sum(flow.gradients["h"][:, 2] * direction), np.array((losses[0] - losses[1]) / 2e-2), 2e-3)
    assert flow.name == "attentive_decoder"


class Reader(keras.layers.Layer):
    """A decoder before one source."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder
        source, mask = normal(B, 4, 4, seed=8), np.ones((B, 4), bool)
        self.memory = decoder.make_memory(ops.convert_to_tensor(source), ops.convert_to_tensor(mask))

    def call(self, x, training=False):
        return self.decoder(x, [ops.zeros((B, H))], self.memory)[0]

    def context(self, x, step):
        """What is looked at before a step."""
        states = [ops.zeros((B, H))]
        for t in range(step):
            _, _, states = self.decoder.step(ops.convert_to_tensor(x[:, t]), states, self.memory)
        return self.decoder._attend(states[0], self.memory)[0]


# ---------------------------------------------------------------------------------------------------- refusals


def test_what_cannot_be_looked_into():
    with pytest.raises(ValueError, match="holds no recurrent layer: expected a Recurrent"):
        gradient_flow(keras.layers.Dense(H), sequences(), normal(B, T, H))
    with pytest.raises(ValueError, match="drives GRUCell, whose steps cannot be looked into"):
        gradient_flow(Recurrent(keras.layers.GRUCell(H)), sequences(), normal(B, H))
    layer = Recurrent(built(LSTMCell(H)))
    with uncompiled():
        (flow,) = gradient_flow(layer, sequences(), normal(B, H)).values()
    with pytest.raises(ValueError, match=r"no Jacobians were computed. Call gradient_flow\(\.\.\., jacobians=1"):
        _ = flow.product_norms


def test_too_many_jacobians_are_refused(monkeypatch):
    monkeypatch.setattr(gradients, "LARGEST", 100)
    with uncompiled(), pytest.raises(ValueError, match="6 Jacobians of 8 × 8 numbers .* more than 100"):
        gradient_flow(Recurrent(built(LSTMCell(H))), sequences(), normal(B, H), jacobians=1)


@pytest.mark.parametrize("name", ["vanilla", "lstm", "gru", *VARIANTS])
def test_a_loss_of_the_last_output_alone_is_carried_back_by_the_jacobians(name):
    """The quick way gives what `gradient_flow` gives."""
    cell = built(CELLS[name](3))
    direction = normal(B, 3, seed=3)
    with uncompiled():
        quick = carried_flow(cell, sequences(), direction)
        loss = lambda y, out: B * ops.sum(y * out, axis=-1)  # noqa: E731
        (whole,) = gradient_flow(Recurrent(cell), sequences(), direction, loss, jacobians=B).values()
    assert list(quick.gradients) == list(whole.gradients) and quick.cell == whole.cell
    for state, gradient in whole.gradients.items():
        close(quick.gradients[state], gradient, 1e-4)
    close(quick.jacobians, whole.jacobians, 1e-5)
    if whole.kept is not None:
        close(quick.kept_after, whole.kept_after, 1e-5)
    with pytest.raises(ValueError, match="gradient has the shape .* expected that of the last output"):
        carried_flow(cell, sequences(), direction[:, :2])


@pytest.mark.parametrize("kind", [VanillaRNNCell, GRUCell])
def test_a_compiled_run_reads_the_weights_as_they_are_now(kind, monkeypatch):
    monkeypatch.setenv("RNN_XLA", "0")
    cell = built(kind(3))
    run = compiled_run(cell, T)
    for gain in (1.0, 2.0):
        cell.recurrent_kernel.assign(gain * numpy(cell.recurrent_kernel))
        for length in (2, T):
            given = cell, sequences()[:, :length], normal(B, 3)
            close(carried_flow(*given, run).gradients["h"], carried_flow(*given).gradients["h"], 1e-5)
            if kind is GRUCell:
                close(carried_flow(*given, run).kept_after, carried_flow(*given).kept_after, 1e-5)
    with pytest.raises(ValueError, match=f"has {T} steps; this program was made for at most 2"):
        carried_flow(cell, sequences(), normal(B, 3), compiled_run(cell, 2))


@pytest.mark.parametrize("kind", [LSTMCell, CELLS["mlstm"]])
def test_carried_back_step_by_step_it_is_the_same_and_stays_in_float32(kind, monkeypatch):
    monkeypatch.setenv("RNN_XLA", "0")
    cell, direction = built(kind(3)), normal(B, 3)
    back = compiled_back(cell)
    for scale in (1.0, 1e-60):
        stepwise = carried_flow(cell, sequences(), scale * direction, back=back)
        assert stepwise.jacobians is None
        for state, gradient in carried_flow(cell, sequences(), scale * direction).gradients.items():
            close(stepwise.gradients[state] / scale, gradient / scale, 1e-5)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="PyTorch's inference mode")
def test_a_gradient_that_would_silently_be_zero_is_refused():
    run = backend.compiled(lambda x: custom_gradient.vjp(lambda x: [2 * x], [x], [ops.ones_like(x)])[0])
    with pytest.raises(RuntimeError, match=r"inference mode. Use torch.no_grad\(\)"):
        run(ops.ones((2,)))


def test_jacobians_in_parts_are_the_same(monkeypatch):
    cell = built(LSTMCell(3))
    with uncompiled():
        whole = carried_flow(cell, sequences(), normal(B, 3)).jacobians
        monkeypatch.setattr(gradients, "AT_ONCE", 4 * B * T * 6)
        close(carried_flow(cell, sequences(), normal(B, 3)).jacobians, whole, 1e-6)
