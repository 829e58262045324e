"""Makes curves.json: days of made-up campaigns, and what statsmodels says of them.

    pip install statsmodels==0.15.0 && python curves.py > curves.json

The same model as ours by another hand: Poisson GLM, log link, weekday dummies, log of spend over `at`. The covariance
is HC3, which statsmodels has of no GLM: from its own weights, leverages and inverse information.
"""

import json

import numpy as np
import statsmodels.api as sm
from scipy import stats


def case(name, seed, days, elasticity, weekdays, shape, swing, zero=0.0):
    rng = np.random.default_rng(seed)
    spend = np.round(50 * np.exp(rng.normal(0, swing, days)), 2)
    group = np.arange(days) % 7 if weekdays else np.zeros(days, int)
    effect = np.array([1.0, 1.1, 0.9, 1.2, 1.0, 0.7, 0.6]) if weekdays else np.ones(1)
    mean = 4 * 50 * (spend / 50) ** elasticity * effect[group]
    got = np.round(rng.gamma(shape, mean / shape), 2)
    got[rng.random(days) < zero] = 0
    at = float(np.round(spend[-7:].mean(), 2))
    groups = len(effect)
    x = np.column_stack([np.log(spend / at)] + [(group == g).astype(float) for g in range(groups)])
    fit = sm.GLM(got, x, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    bread, rest = fit.normalized_cov_params, (got - fit.mu) / (1 - fit.get_influence(observed=False).hat_matrix_diag)
    cov = bread @ (x * rest[:, None] ** 2).T @ x @ bread
    share = np.bincount(group, minlength=groups) / days
    level = share * np.exp(fit.params[1:]) / at
    slope = np.concatenate([[level.sum()], fit.params[0] * level])
    free = days - 1 - groups
    return {
        "name": name, "at": at, "groups": groups, "spend": spend.tolist(), "yield": got.tolist(), "group": group.tolist(),
        "theta": fit.params.tolist(), "se": np.sqrt(np.diag(cov)).tolist(), "marginal": float(fit.params[0] * level.sum()),
        "marginal_se": float(np.sqrt(slope @ cov @ slope)), "student": float(stats.t.ppf(0.95, free)),
    }


print(json.dumps([
    case("two weeks", 1, 14, 0.6, False, 5, 0.3),
    case("three weeks, wild", 2, 21, 0.4, False, 0.5, 0.5),
    case("days without any return", 3, 26, 0.8, False, 2, 0.4, 0.3),
    case("four weeks with weekdays", 4, 28, 0.5, True, 8, 0.3),
    case("eight weeks with weekdays", 5, 56, 0.7, True, 3, 0.6),
    case("nothing comes of more", 6, 42, 0.0, True, 10, 0.2),
    case("more than in proportion", 7, 35, 1.4, True, 4, 0.5, 0.1),
    case("hardly any variation", 8, 30, 0.5, False, 4, 0.02),
], indent=None).replace("}, {", "},\n{"))
