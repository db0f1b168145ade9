"""Trains the small models of this folder on made-up windows and writes them as ONNX, with what each library answers.

See README.md. Usage: python generate.py FOLDER
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

SEED = 7
FEATURES = 3
LOOKBACK = 8
LONG, SHORT, NEUTRAL = 0, 1, 2
SAMPLES = 2000
ANSWERS = 16


def windows(generator, count):
    """Windows [count, LOOKBACK, FEATURES], oldest bar first, in decimals that a JSON file keeps exactly."""
    return np.round(generator.normal(size=(count, LOOKBACK, FEATURES)), 3).astype(np.float32)


def returns_of(generator, x):
    """A return 1 and 4 bars ahead that the newest bars tell something about, as fractions."""
    newest, before = x[:, -1], x[:, -2]
    signal = np.tanh(newest[:, 0] - 0.5 * before[:, 1] + 0.5 * newest[:, 2] * (newest[:, 1] > 0))
    noise = generator.normal(size=(len(x), 2))
    return np.stack([0.004 * signal + 0.002 * noise[:, 0], 0.01 * signal + 0.006 * noise[:, 1]], axis=1)


def classes_of(returns, band):
    return np.where(returns > band, LONG, np.where(returns < -band, SHORT, NEUTRAL))


def floor32(threshold):
    """The largest float32 that is not above: x <= threshold then says the same of every float32."""
    nearest = np.float32(threshold)
    return float(nearest if nearest <= threshold else np.nextafter(nearest, np.float32(-np.inf)))


class Ensemble:
    """Trees as the operators TreeEnsembleClassifier and TreeEnsembleRegressor want them: one list an attribute."""

    def __init__(self):
        self.nodes = {name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
        self.leaves = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
        self.trees = 0

    def _node(self, number, feature, value, mode, yes, no):
        for name, entry in zip(self.nodes, (self.trees, number, feature, value, mode, yes, no)):
            self.nodes[name].append(entry)

    def leaf(self, number, weights):
        """`weights`: pairs of class (or target) and what this leaf adds to it."""
        self._node(number, 0, 0.0, "LEAF", 0, 0)
        for target, weight in weights:
            for name, entry in zip(self.leaves, (self.trees, number, target, float(weight))):
                self.leaves[name].append(entry)

    def branch(self, number, feature, threshold, yes, no):
        self._node(number, feature, floor32(threshold), "BRANCH_LEQ", yes, no)

    def attributes(self, leaf_prefix):
        return {
            **{f"nodes_{name}": entries for name, entries in self.nodes.items()},
            **{f"{leaf_prefix}_{name}": entries for name, entries in self.leaves.items()},
        }


def add_lightgbm(ensemble, booster, target_of):
    """`target_of(i)`: the class or target that tree number i adds to."""
    for index, tree in enumerate(booster.dump_model()["tree_info"]):
        numbered = []

        # The runtime takes the first node of a tree for its root, so a parent comes before its children.
        def visit(node):
            number = len(numbered)
            numbered.append(None)
            if "leaf_value" in node:
                numbered[number] = (ensemble.leaf, [(target_of(index), node["leaf_value"])])
            else:
                assert node["decision_type"] == "<="
                children = visit(node["left_child"]), visit(node["right_child"])
                numbered[number] = (ensemble.branch, node["split_feature"], node["threshold"], *children)
            return number

        visit(tree["tree_structure"])
        for number, (add, *arguments) in enumerate(numbered):
            add(number, *arguments)
        ensemble.trees += 1


def add_sklearn_tree(ensemble, tree, weights_of):
    """`weights_of(node)`: pairs of class and weight of a leaf."""
    for number in range(tree.node_count):
        yes, no = int(tree.children_left[number]), int(tree.children_right[number])
        if yes == -1:
            ensemble.leaf(number, weights_of(number))
        else:
            ensemble.branch(number, int(tree.feature[number]), float(tree.threshold[number]), yes, no)
    ensemble.trees += 1


def model_of(nodes, width, outputs):
    """A model with one input `x`, [batch, width], at the operator set that scikit-learn's exporters use by default."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", width])
    graph = helper.make_graph(nodes, "model", [x], outputs)
    opsets = [helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="candlewick tests")
    onnx.checker.check_model(model)
    return model


def classifier_outputs(classes):
    return [
        helper.make_tensor_value_info("label", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes]),
    ]


def tree_classifier(ensemble, classes, transform, base=None):
    attributes = ensemble.attributes("class")
    if base is not None:
        attributes["base_values"] = [float(value) for value in base]
    node = helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "probabilities"], domain="ai.onnx.ml",
        classlabels_int64s=list(range(classes)), post_transform=transform, **attributes,
    )
    return model_of([node], LOOKBACK * FEATURES, classifier_outputs(classes))


def zipped(model):
    """The same classifier as exporters write it unless told otherwise: the probabilities as a sequence of maps."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.graph.node.append(
        helper.make_node("ZipMap", ["probabilities"], ["maps"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    )
    maps = helper.make_value_info(
        "maps",
        helper.make_sequence_type_proto(
            helper.make_map_type_proto(TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, []))
        ),
    )
    del copy.graph.output[1]
    copy.graph.output.append(maps)
    return copy


class Recurrent(torch.nn.Module):
    """An LSTM with the probabilities of three classes for two horizons."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(FEATURES, 12, batch_first=True)
        self.head = torch.nn.Linear(12, 6)

    def logits(self, x):
        hidden, _ = self.lstm(x)
        return self.head(hidden[:, -1]).reshape(-1, 2, 3)

    def forward(self, x):
        return torch.softmax(self.logits(x), dim=2)


def trained_recurrent(x, y):
    torch.manual_seed(SEED)
    network = Recurrent()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network.logits(inputs).reshape(-1, 3), targets.reshape(-1))
        loss.backward()
        optimizer.step()
    return network.eval()


def export_recurrent(network, path):
    torch.onnx.export(
        network, (torch.zeros(2, LOOKBACK, FEATURES),), path, dynamo=True, external_data=False, verbose=False,
        input_names=["x"], output_names=["probabilities"], opset_version=18,
        dynamic_shapes={"x": {0: torch.export.Dim("batch")}},
    )
    # What the exporter notes about the lines of this file is of no use to anyone.
    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    onnx.save(model, path)


def main(folder):
    warnings.filterwarnings("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(SEED)
    x = windows(generator, SAMPLES)
    returns = returns_of(generator, x)
    near, far = classes_of(returns[:, 0], 0.001), classes_of(returns[:, 1], 0.003)
    flat, newest = x.reshape(SAMPLES, -1), x[:, -1]
    asked = windows(generator, ANSWERS)
    asked_flat, asked_newest = asked.reshape(ANSWERS, -1), asked[:, -1]
    answers = {}

    def keep(name, model, dims, inputs, outputs):
        if model is not None:
            onnx.save(model, folder / f"{name}.onnx")
        answers[name] = {
            "dims": dims,
            "inputs": [float(f"{value:.3f}") for value in inputs.reshape(-1)],
            "outputs": [float(f"{value:.9g}") for value in np.asarray(outputs, dtype=np.float64).reshape(-1)],
        }

    settings = dict(num_leaves=7, learning_rate=0.2, seed=SEED, deterministic=True, force_row_wise=True, num_threads=1, verbose=-1)
    window = [LOOKBACK * FEATURES]

    booster = lightgbm.train({**settings, "objective": "multiclass", "num_class": 3}, lightgbm.Dataset(flat, near), 12)
    ensemble = Ensemble()
    add_lightgbm(ensemble, booster, lambda index: index % 3)
    keep("lightgbm-classifier", tree_classifier(ensemble, 3, "SOFTMAX"), window, asked_flat, booster.predict(asked_flat))

    boosters = [lightgbm.train({**settings, "objective": "l2"}, lightgbm.Dataset(flat, column), 15) for column in returns.T]
    ensemble = Ensemble()
    for target, booster in enumerate(boosters):
        add_lightgbm(ensemble, booster, lambda _, target=target: target)
    node = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["returns"], domain="ai.onnx.ml", n_targets=2, post_transform="NONE",
        **ensemble.attributes("target"),
    )
    output = [helper.make_tensor_value_info("returns", TensorProto.FLOAT, ["batch", 2])]
    predicted = np.stack([booster.predict(asked_flat) for booster in boosters], axis=1)
    keep("lightgbm-regressor", model_of([node], *window, output), window, asked_flat, predicted)

    # Class 0 is a fall and class 1 a rise, as in many tutorials.
    forest = RandomForestClassifier(12, max_depth=4, random_state=SEED).fit(flat, (returns[:, 0] > 0).astype(np.int64))
    ensemble = Ensemble()
    for estimator in forest.estimators_:
        tree = estimator.tree_
        shares = tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True) / len(forest.estimators_)
        add_sklearn_tree(ensemble, tree, lambda number, shares=shares: enumerate(shares[number]))
    model = tree_classifier(ensemble, 2, "NONE")
    keep("forest-classifier", model, window, asked_flat, forest.predict_proba(asked_flat))
    onnx.save(zipped(model), folder / "forest-classifier-zipmap.onnx")

    boosting = GradientBoostingClassifier(n_estimators=10, max_depth=3, random_state=SEED).fit(flat, near)
    ensemble = Ensemble()
    for stage in boosting.estimators_:
        for target, estimator in enumerate(stage):
            values = boosting.learning_rate * estimator.tree_.value[:, 0, 0]
            add_sklearn_tree(
                ensemble, estimator.tree_, lambda number, target=target, values=values: [(target, values[number])]
            )
    base = boosting._raw_predict_init(asked_flat[:1])[0]
    model = tree_classifier(ensemble, 3, "SOFTMAX", base)
    keep("boosting-classifier", model, window, asked_flat, boosting.predict_proba(asked_flat))

    logistic = LogisticRegression(max_iter=500).fit(newest, near)
    node = helper.make_node(
        "LinearClassifier", ["x"], ["label", "probabilities"], domain="ai.onnx.ml", post_transform="SOFTMAX",
        coefficients=[float(value) for value in logistic.coef_.reshape(-1)],
        intercepts=[float(value) for value in logistic.intercept_], classlabels_ints=[0, 1, 2], multi_class=1,
    )
    model = model_of([node], FEATURES, classifier_outputs(3))
    keep("logistic-classifier", model, [FEATURES], asked_newest, logistic.predict_proba(asked_newest))

    linear = LinearRegression().fit(newest, returns)
    node = helper.make_node(
        "LinearRegressor", ["x"], ["returns"], domain="ai.onnx.ml", targets=2,
        coefficients=[float(value) for value in linear.coef_.reshape(-1)],
        intercepts=[float(value) for value in linear.intercept_],
    )
    model = model_of([node], FEATURES, output)
    keep("linear-regressor", model, [FEATURES], asked_newest, linear.predict(asked_newest))

    network = trained_recurrent(x, np.stack([near, far], axis=1))
    export_recurrent(network, folder / "lstm-classifier.onnx")
    with torch.no_grad():
        keep("lstm-classifier", None, [LOOKBACK, FEATURES], asked, network(torch.from_numpy(asked)).numpy())

    lines = [f"  {json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
    (folder / "answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
