"""Writes small exports of the network, and what PyTorch answers to a known input.

    python3 export.py FOLDER [NAME...]      every variant, or those named
    python3 export.py FOLDER --reference    one network of the reference sizes, for measurements

Each NAME.onnx has beside it NAME.json: sizes, the input windows and the outputs of PyTorch in double precision.
"""
import base64
import json
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import numpy
import onnx
import torch
from onnx import helper, numpy_helper

from network import Network, Sizes, seeded

SMALL = dict(features=3, window=24, patch=8, stride=4, width=8, heads=2, layers=1, inner=12)

VARIANTS = {
    "opset13-dynamic": (Sizes(**{**SMALL, "layers": 2}), 13, None),
    "opset14-static": (Sizes(**{**SMALL, "features": 2, "heads": 4}), 14, 1),
    "opset15-relu": (Sizes(**{**SMALL, "activation": "relu", "width": 12, "heads": 3, "temperature": False}), 15, None),
    "opset16-batch4": (Sizes(**{**SMALL, "window": 20, "patch": 4, "outputs": (3,)}), 16, 4),
    "opset17-outputs": (Sizes(**{**SMALL, "outputs": (2, 6, 1), "clamp": False}), 17, None),
    "opset17-separate": (
        Sizes(**SMALL, attention="separate", positions="learned", patch_bias=True),
        17,
        None,
    ),
    "opset17-prenorm": (Sizes(**{**SMALL, "layers": 2, "width": 6, "heads": 3, "inner": 10}, pre_norm=True), 17, None),
    "opset17-packed": (Sizes(**SMALL, attention="packed", spare_heads=True), 17, None),
    "opset17-einsum": (Sizes(**{**SMALL, "patch": 6, "window": 27}, attention="einsum"), 17, None),
    "opset18-raised": (Sizes(**{**SMALL, "heads": 1}), 18, None),
    "state-dict": (Sizes(**{**SMALL, "layers": 2, "spare_heads": True}), 17, None),
}

#: These have their windows and outputs as raw float32 too, as `candlewick convert --input --expected` reads them.
RAW = {"state-dict", "reference"}


def raised(model: onnx.ModelProto) -> onnx.ModelProto:
    """Opset 17 as 18, where reductions read their axes from an input. This PyTorch writes no opset above 17."""
    for node in model.graph.node:
        if node.op_type == "ReduceMean":
            axes = next(a for a in node.attribute if a.name == "axes")
            name = f"{node.name}_axes"
            model.graph.initializer.append(numpy_helper.from_array(numpy.array(axes.ints, dtype=numpy.int64), name))
            node.attribute.remove(axes)
            node.input.append(name)
    model.opset_import[0].version = 18
    return model


def export(network: Network, path: Path, opset: int, batch) -> None:
    sizes = network.sizes
    example = torch.randn(batch or 1, sizes.window, sizes.features)
    # With gradients the attention module traces its parts; without them it is one operation that no ONNX has.
    torch.onnx.export(
        network,
        example,
        str(path),
        opset_version=min(opset, 17),
        input_names=["x"],
        output_names=["y"],
        dynamic_axes=None if batch else {"x": {0: "batch"}, "y": {0: "batch"}},
        do_constant_folding=opset != 15,
    )
    model = onnx.load(str(path))
    for node in model.graph.node:
        node.ClearField("doc_string")
    onnx.save(raised(model) if opset > 17 else model, str(path))


def save_safetensors(tensors: dict, path: Path) -> None:
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(name: str, folder: Path, sizes: Sizes, opset: int, batch, count: int = 4) -> None:
    network = seeded(sizes, seed=len(name))
    export(network, folder / f"{name}.onnx", opset, batch)
    torch.manual_seed(99)
    x = (2 * torch.randn(count, sizes.window, sizes.features) + 0.5).float()
    with torch.no_grad():
        y = network.double()(x.double())
    packed = lambda values: base64.b64encode(values.float().numpy().tobytes()).decode()
    expected = {
        "torch": torch.__version__,
        "opset": opset,
        "batch": batch,
        "sizes": {key: value for key, value in vars(sizes).items()},
        "inputs": packed(x),
        "outputs": packed(y),
    }
    if name in RAW:
        (folder / f"{name}.input.f32").write_bytes(x.numpy().tobytes())
        (folder / f"{name}.expected.f32").write_bytes(y.float().numpy().tobytes())
    (folder / f"{name}.json").write_text(json.dumps(expected, indent=1) + "\n")
    if sizes.spare_heads and sizes.attention == "module":
        save_safetensors(network.state_dict(), folder / f"{name}.safetensors")
        config = {
            "input_size": sizes.features,
            "context_window": sizes.window,
            "patch_len": sizes.patch,
            "stride": sizes.stride,
            "d_model": sizes.width,
            "n_heads": sizes.heads,
            "e_layers": sizes.layers,
            "d_ff": sizes.inner,
            "activation": sizes.activation,
            "temperature_scaling": sizes.temperature,
        }
        (folder / f"{name}.config.json").write_text(json.dumps({"model": config}, indent=1) + "\n")


def main(folder: str, *names: str) -> None:
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    if names == ("--reference",):
        write("reference", target, Sizes(spare_heads=True), 17, None)
        return
    for name, (sizes, opset, batch) in VARIANTS.items():
        if not names or name in names:
            write(name, target, sizes, opset, batch)


if __name__ == "__main__":
    main(*sys.argv[1:])
