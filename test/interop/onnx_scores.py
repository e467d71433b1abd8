"""onnx_scores.py FOLDER...: what ONNX Runtime predicts with each folder's onnx/model.onnx for its pixels."""
import onnx
import onnxruntime

from pixels import answer, channels_first, folders, pixels


def scores(folder):
    file = folder / "onnx/model.onnx"
    onnx.checker.check_model(str(file), full_check=True)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (result,) = session.run(["scores"], {"pixels": channels_first(pixels(folder))})
    return result.flatten().tolist()


answer({folder: scores(folder) for folder in folders()})
