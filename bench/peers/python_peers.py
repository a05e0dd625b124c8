"""The same trajectories by scipy and QuTiP, as a user of Python would write them.

    python3 python_peers.py probe
    python3 python_peers.py dop853|lsoda|qutip RTOL TIME POINTS

`probe` prints the versions of what can be imported. The others print one JSON document with processor seconds,
counted work and final states, like their compiled siblings.
"""

import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

GAIN, LOSS, COUPLING = 0.5, 1.0, 1.0


def probe():
    versions = {"python": sys.version.split()[0]}
    for name in ("numpy", "scipy", "qutip", "sksundae", "scikits.odes"):
        try:
            module = __import__(name, fromlist=["__version__"])
            versions[name] = getattr(module, "__version__", "unknown")
        except Exception:
            versions[name] = None
    print(json.dumps(versions))


def initial_state():
    return [1 / 3, 1 / 3, 0, 0, 0.1, 0, 0, 0, 1 / 3, 1 / 3, 0, 0, 0, 0, 0, 0]


def group(p0, p2, a, b, c, h, w1, w2):
    """Slopes of one group in the drive h; a, b, c are rho01, rho12, rho02."""
    hc = h.conjugate()
    return (
        2 * (h * a.conjugate()).imag - GAIN * p0,
        2 * (hc * b).imag - LOSS * p2,
        (1j * w1 - GAIN / 2) * a - 1j * h * (1 - 2 * p0 - p2) + 1j * hc * c,
        (1j * w2 - LOSS / 2) * b + 1j * h * (1 - p0 - 2 * p2) - 1j * hc * c,
        (1j * (w1 + w2) - (GAIN + LOSS) / 2) * c - 1j * h * (b - a),
    )


def reduced_right_hand_side(delta, asymmetry):
    def slope(_t, y):
        y = y.tolist()
        dy = []
        a1, b1 = complex(y[2], y[3]), complex(y[4], y[5])
        a2, b2 = complex(y[10], y[11]), complex(y[12], y[13])
        h = 2 * COUPLING * (a1 + b1 + a2 + b2)
        for o, a, b, w in ((0, a1, b1, delta / 2), (8, a2, b2, -delta / 2)):
            p0, p2, da, db, dc = group(y[o], y[o + 1], a, b, complex(y[o + 6], y[o + 7]), h, w, w + asymmetry)
            dy += [p0, p2, da.real, da.imag, db.real, db.imag, dc.real, dc.imag]
        return dy

    return slope


def by_scipy(method, rtol, end, points):
    from scipy.integrate import solve_ivp

    states, evaluations, steps = [], 0, 0
    for delta, asymmetry in points:
        solution = solve_ivp(
            reduced_right_hand_side(delta, asymmetry),
            (0, end),
            initial_state(),
            method=method,
            rtol=rtol,
            atol=rtol / 100,
            t_eval=[end],
        )
        states += solution.y[:, -1].tolist()
        evaluations += solution.nfev
    return {"states": states, "evaluations": evaluations, "steps": None}


def by_qutip(rtol, end, points):
    """QuTiP 5: product state of the two groups as a 6 x 6 block, fields fed back from the state."""
    import numpy as np
    import qutip

    upper = qutip.basis(2, 0)
    lower = qutip.basis(2, 1)
    blocks = [qutip.ket2dm(upper), qutip.ket2dm(lower)]
    one = qutip.qeye(3)
    raising = np.sqrt(2) * (qutip.basis(3, 2) @ qutip.basis(3, 1).dag() + qutip.basis(3, 1) @ qutip.basis(3, 0).dag())
    lift = lambda operator: qutip.tensor(qutip.qeye(2), operator)
    sz = qutip.Qobj(np.diag([-1.0, 0, 1]))
    top = qutip.basis(3, 2) @ qutip.basis(3, 2).dag()
    start = np.eye(3, dtype=complex) / 3
    seeded = start.copy()
    seeded[1, 2] = seeded[2, 1] = 0.1

    def field(state):
        rho = state.full() if hasattr(state, "full") else state.to_array()
        return np.trace(rho @ lift(raising).full().conj().T)

    states = []
    for delta, asymmetry in points:
        bare = sum(
            (
                qutip.tensor(block, sign * delta / 2 * sz + asymmetry * top)
                for block, sign in zip(blocks, (1, -1))
            ),
        )
        jumps = [
            np.sqrt(GAIN) * lift(qutip.basis(3, 1) @ qutip.basis(3, 0).dag()),
            np.sqrt(LOSS) * lift(qutip.basis(3, 1) @ qutip.basis(3, 2).dag()),
        ]
        first = qutip.tensor(blocks[0], qutip.Qobj(seeded)) + qutip.tensor(blocks[1], qutip.Qobj(start))
        feedback = {"state": qutip.MESolver.StateFeedback(default=first, raw_data=False)}
        hamiltonian = qutip.QobjEvo(
            [
                bare,
                [lift(raising), lambda t, state: COUPLING * field(state)],
                [lift(raising.dag()), lambda t, state: COUPLING * np.conj(field(state))],
            ],
            args=feedback,
        )
        result = qutip.mesolve(
            hamiltonian,
            first,
            [0, end],
            jumps,
            options={"method": "adams", "rtol": rtol, "atol": rtol / 100, "nsteps": 10**8, "progress_bar": False},
        )
        rho = result.states[-1].full()
        for o in (0, 3):
            block = rho[o : o + 3, o : o + 3]
            a, b, c = block[0, 1], block[1, 2], block[0, 2]
            states += [block[0, 0].real, block[2, 2].real, a.real, a.imag, b.real, b.imag, c.real, c.imag]
    return {"states": states, "evaluations": None, "steps": None}


def main():
    if sys.argv[1] == "probe":
        return probe()
    method, rtol, end = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    with open(sys.argv[4]) as file:
        points = [tuple(map(float, line.split())) for line in file if line.strip()]
    started = time.process_time()
    if method == "qutip":
        answer = by_qutip(rtol, end, points)
    else:
        answer = by_scipy(method.upper(), rtol, end, points)
    answer["seconds"] = time.process_time() - started
    print(json.dumps(answer))


main()
