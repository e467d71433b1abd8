"""A loader of photographs for bench/data.mjs: NAME FOLDER THREADS PX. Says its version, then images a second for each line it is given."""

import glob
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

name, folder, threads, px = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
files = sorted(glob.glob(f"{folder}/*/*.jpg"))
random.seed(1)


def say(**fields):
    print(json.dumps(fields), flush=True)


def crop_of(width, height):
    """A random crop as of RandomResizedCrop: 8 % to 100 % of the area, sides of 3:4 to 4:3."""
    for _ in range(10):
        area = width * height * random.uniform(0.08, 1)
        ratio = random.uniform(3 / 4, 4 / 3)
        w, h = round((area * ratio) ** 0.5), round((area / ratio) ** 0.5)
        if w <= width and h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side, side


def pillow():
    import PIL
    from PIL import Image

    def load(file):
        image = Image.open(file).convert("RGB")
        x, y, w, h = crop_of(*image.size)
        image = image.resize((px, px), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h))
        if random.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return image.tobytes()

    pool = ThreadPoolExecutor(threads)
    return PIL.__version__, lambda: sum(1 for _ in pool.map(load, files))


def torchvision():
    import torch
    import torchvision
    from torchvision import io
    from torchvision.transforms import v2

    transform = v2.Compose([v2.RandomResizedCrop(px, antialias=True), v2.RandomHorizontalFlip()])

    class Photos(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, index):
            torch.set_num_threads(1)
            return transform(io.decode_jpeg(io.read_file(files[index]), mode=io.ImageReadMode.RGB))

    loader = torch.utils.data.DataLoader(Photos(), batch_size=32, shuffle=True, num_workers=threads, persistent_workers=True)
    return torchvision.__version__, lambda: sum(len(batch) for batch in loader)


try:
    version, epoch = {"pillow": pillow, "torchvision": torchvision}[name]()
except ImportError as error:
    say(missing=str(error))
    sys.exit()
say(version=version)
for _ in sys.stdin:
    begun = time.perf_counter()
    count = epoch()
    say(imagesPerSecond=count / (time.perf_counter() - begun))
