#!/usr/bin/env python3
"""Splits by scikit-learn (Debian's python3-sklearn, 1.2): splits.json beside this file. usage: generate.py OUT_FILE"""
import json, sys
import numpy as np
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold, StratifiedKFold, StratifiedShuffleSplit, train_test_split

out = []
for n, classes, seed in ((60, 3, 0), (101, 4, 77), (37, 2, 12345), (240, 7, 4294967295 // 2), (53, 3, 4294967295)):
    g = np.random.RandomState(n)
    labels = g.randint(0, classes, n) ** 2 % (classes + 2)
    labels = np.concatenate([labels, np.repeat(np.unique(labels), 6)])
    # Groups of different sizes: among equal ones the order of scikit-learn's sort is not defined.
    groups = g.permutation(np.repeat(np.arange(12), np.arange(1, 13)))
    x = np.zeros(len(labels)); row = {"labels": labels.tolist(), "groups": groups.tolist(), "seed": seed}
    row["stratified_kfold"] = {k: [t.tolist() for _, t in StratifiedKFold(k).split(x, labels)] for k in (2, 5)}
    row["stratified_kfold_shuffled"] = {k: [t.tolist() for _, t in StratifiedKFold(k, shuffle=True, random_state=seed).split(x, labels)] for k in (2, 6)}
    row["kfold"] = {k: [t.tolist() for _, t in KFold(k).split(x)] for k in (3, 7)}
    row["stratified_sample"] = {k: train_test_split(np.arange(len(labels)), train_size=k, random_state=seed, stratify=labels)[0].tolist() for k in (10, 33)}
    z = np.zeros(len(groups))
    row["group_shuffle"] = {f: [a.tolist() for a in next(GroupShuffleSplit(1, test_size=f, random_state=seed).split(z, groups=groups))] for f in (0.2, 0.5)}
    row["group_kfold"] = {k: [t.tolist() for _, t in GroupKFold(k).split(z, groups=groups)] for k in (2, 4)}
    out.append(row)
json.dump(out, open(sys.argv[1], "w"))
