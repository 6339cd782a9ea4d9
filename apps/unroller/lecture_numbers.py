"""The numbers that the lecture prints for "hello", and weights that give them: V = {h, e, l, o}, H = 3.

h_t = tanh(x_t W_xh + h_{t-1} W_hh),    y_t = h_t W_hy + b_y,    p_t = softmax(y_t)
"""

import numpy as np

LETTERS = "helo"
UNITS = 3
INPUTS = "hell"
TARGETS = "ello"

# As printed in the lecture, one row a step of h, e, l, l. Where .96 stands 1.0 is printed: no tanh gives 1.
PRINTED_HIDDEN = np.array([[0.3, -0.1, 0.9], [0.96, 0.3, 0.1], [0.1, -0.5, -0.3], [-0.3, 0.9, 0.7]])
PRINTED_LOGITS = np.array([[1.0, 2.2, -3.0, 4.1], [0.5, 0.3, -1.0, 1.2], [0.1, 0.5, 1.9, -1.1], [0.2, -1.5, -0.1, 2.2]])


def lecture_weights() -> list[np.ndarray]:
    """W_xh (4, 3), W_hh (3, 3), W_hy (3, 4), b_y (4,) that give the lecture's printed hidden states and logits.

    The lecture prints states, not weights. Inside tanh stand the sums a_t = arctanh(h_t), and
    a_t = W_xh[letter t] + h_{t-1} W_hh. Step 1 (no state before it) gives W_xh[h]. Steps 3 and 4 read the
    same letter, so (h_3 - h_2) W_hh = a_4 - a_3: three equations for nine numbers, of which we take the
    smallest solution (least squares of least norm). Then steps 2 and 3 give W_xh[e] and W_xh[l]. "o" is
    never read, so W_xh[o] = 0. The four printed logits of each letter fix its three weights and its bias.
    """
    hidden = PRINTED_HIDDEN
    sums = np.arctanh(hidden)
    recurrent = np.linalg.lstsq(hidden[2:3] - hidden[1:2], sums[3:4] - sums[2:3], rcond=None)[0]
    carried = hidden[:-1] @ recurrent
    rows = [sums[0], sums[1] - carried[0], sums[2] - carried[1], np.zeros(3)]
    output = np.linalg.solve(np.column_stack([hidden, np.ones(4)]), PRINTED_LOGITS)
    return [array.astype(np.float32) for array in (np.stack(rows), recurrent, output[:3], output[3])]
