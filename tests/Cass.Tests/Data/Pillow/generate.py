#!/usr/bin/env python3
"""What Pillow and torchvision make of two small images: pillow.safetensors beside this file.

Needs Debian's python3-torchvision (Pillow 9.4, torchvision 0.14). Keys are image/function/arguments; the pixels under a
key are [height, width, channels] of bytes. Keys decode/name/file and decode/name/pixels hold an encoded file and what
Image.convert("RGB") makes of it. usage: generate.py OUT_FILE
"""
import io, json, struct, sys
import numpy as np
import torch
from PIL import Image
import torchvision.transforms.functional as F
from torchvision.transforms import InterpolationMode as M

random = np.random.RandomState(5)
out = {}


def picture(height, width):
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 80 * np.sin(x / (4 + c)) * np.cos(y / (6 + c)) + 40 * ((x // 7 + y // 9) % 2) - 20 for c in range(3)]
    return Image.fromarray(np.clip(np.stack(planes, -1) + random.randn(height, width, 3) * 15, 0, 255).astype(np.uint8))


def put(key, image):
    a = np.array(image)
    out[key] = a[:, :, None] if a.ndim == 2 else a


for name, image in (("landscape", picture(41, 63)), ("portrait", picture(70, 38))):
    w, h = image.size
    put(f"{name}/source", image)
    for mode in (M.NEAREST, M.BILINEAR, M.BICUBIC):
        for size in ((41, 20), (20, 63), (96, 130), (7, 9), (1, 1), (33, 37)):
            put(f"{name}/resize/{mode.value}/{size[0]}/{size[1]}", F.resize(image, size, mode))
        put(f"{name}/resized_crop/{mode.value}/5/3/20/30/32/24", F.resized_crop(image, 5, 3, 20, 30, (32, 24), mode))
        for angle, tx, ty, scale, sx, sy in ((0, 3, -4, 1, 0, 0), (33, 0, 0, 1, 0, 0), (-120, 5, 2, 0.7, 10, 0), (0, 0, 0, 1.6, 0, 0), (15, -6, 1, 1.3, -20, 12), (360, 0, 0, 1, 0, 0)):
            put(f"{name}/affine/{mode.value}/{angle}/{tx}/{ty}/{scale}/{sx}/{sy}", F.affine(image, angle, [tx, ty], scale, [sx, sy], mode))
        start = [[0, 0], [w - 1, 0], [w - 1, h - 1], [0, h - 1]]
        for end in ([[3, 2], [w - 5, 4], [w - 2, h - 9], [6, h - 3]], start):
            flat = "/".join(str(v) for point in end for v in point)
            put(f"{name}/perspective/{mode.value}/{flat}", F.perspective(image, start, end, mode))
    for mode, resample in (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)):
        for a in ((1.02, 0.05, -2.5, -0.03, 0.97, 1.25, 0.0007, -0.0004), (0.8, -0.2, 9.0, 0.3, 1.1, -8.0, -0.002, 0.003)):
            put(f"{name}/warp/{mode}/" + "/".join(map(repr, a)), image.transform(image.size, Image.PERSPECTIVE, a, resample))
    for f in (0, 0.3, 0.8, 1, 1.25, 2.7):
        put(f"{name}/brightness/{f}", F.adjust_brightness(image, f))
        put(f"{name}/contrast/{f}", F.adjust_contrast(image, f))
        put(f"{name}/saturation/{f}", F.adjust_saturation(image, f))
    for f in (-0.5, -0.1, 0, 0.07, 0.5):
        put(f"{name}/hue/{f}", F.adjust_hue(image, f))
    for t in (0, 100, 128, 256):
        put(f"{name}/solarize/{t}", F.solarize(image, t))
    put(f"{name}/grayscale", F.to_grayscale(image, 3))
    put(f"{name}/hflip", F.hflip(image))
    put(f"{name}/vflip", F.vflip(image))
    for k, s in ((3, 0.4), (9, 2.0), (23, 0.1), (5, 10.0)):
        put(f"{name}/blur/{k}/{s}", F.gaussian_blur(image, k, s))


def encoded(name, image, kind, **options):
    buffer = io.BytesIO(); image.save(buffer, kind, **options); buffer.seek(0)
    out[f"decode/{name}/file"] = np.frombuffer(buffer.getvalue(), np.uint8)
    put(f"decode/{name}/pixels", Image.open(buffer).convert("RGB"))


rgb = picture(45, 52); gray = rgb.convert("L"); palette = rgb.quantize(37); alpha = rgb.copy(); alpha.putalpha(gray)
for q in (60, 95):
    encoded(f"jpeg-{q}-444", rgb, "JPEG", quality=q, subsampling=0)
    encoded(f"jpeg-{q}-422", rgb, "JPEG", quality=q, subsampling=1)
    encoded(f"jpeg-{q}-420", rgb, "JPEG", quality=q, subsampling=2)
    encoded(f"jpeg-{q}-progressive", rgb, "JPEG", quality=q, progressive=True)
    encoded(f"jpeg-{q}-gray", gray, "JPEG", quality=q)
encoded("jpeg-rgb-of-gray", gray.convert("RGB"), "JPEG", quality=85)
encoded("png", rgb, "PNG"); encoded("png-gray", gray, "PNG"); encoded("png-palette", palette, "PNG")
encoded("png-palette-transparent", palette, "PNG", transparency=3); encoded("png-alpha", alpha, "PNG")
encoded("png-gray-alpha", alpha.convert("LA"), "PNG"); encoded("png-1bit", rgb.convert("1"), "PNG")
encoded("bmp", rgb, "BMP"); encoded("bmp-gray", gray, "BMP"); encoded("bmp-palette", palette, "BMP")
encoded("gif", palette, "GIF"); encoded("webp-lossless", rgb, "WEBP", lossless=True); encoded("webp", rgb, "WEBP", quality=80)
frames = [palette, rgb.transpose(Image.FLIP_TOP_BOTTOM).quantize(30)]
encoded("gif-animated", frames[0], "GIF", save_all=True, append_images=frames[1:])
for orientation in range(1, 9):
    exif = Image.Exif(); exif[0x0112] = orientation
    buffer = io.BytesIO(); rgb.save(buffer, "JPEG", quality=90, exif=exif); buffer.seek(0)
    from PIL import ImageOps
    out[f"exif/{orientation}/file"] = np.frombuffer(buffer.getvalue(), np.uint8)
    put(f"exif/{orientation}/pixels", ImageOps.exif_transpose(Image.open(buffer)).convert("RGB"))
deep = random.randint(0, 65536, (19, 23)).astype(np.uint16)
buffer = io.BytesIO(); Image.fromarray(deep).save(buffer, "PNG")
out["png16/file"] = np.frombuffer(buffer.getvalue(), np.uint8)
out["png16/samples"] = deep.astype(np.int64)

header, offset, blobs = {}, 0, []
for key, a in out.items():
    data = np.ascontiguousarray(a).tobytes()
    header[key] = {"dtype": "I64" if a.dtype == np.int64 else "U8", "shape": list(a.shape), "data_offsets": [offset, offset + len(data)]}
    offset += len(data); blobs.append(data)
text = json.dumps(header).encode(); text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<Q", len(text))); f.write(text)
    for data in blobs: f.write(data)
print(len(out), "entries,", offset, "bytes")
