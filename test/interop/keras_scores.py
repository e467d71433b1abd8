"""keras_scores.py FOLDER...: what Keras predicts with each folder's keras/model.h5 for its pixels."""
import keras

from pixels import answer, folders, pixels

answer(
    {
        folder: keras.saving.load_model(folder / "keras/model.h5", compile=False)
        .predict(pixels(folder), verbose=0)
        .flatten()
        .tolist()
        for folder in folders()
    }
)
