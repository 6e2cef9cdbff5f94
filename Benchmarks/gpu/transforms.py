"""The few transforms of torchvision that UGATIT-pytorch uses, for machines without torchvision; images are Pillow's."""
import random

import torch


class Compose:
    def __init__(self, parts):
        self.parts = parts

    def __call__(self, image):
        for part in self.parts:
            image = part(image)
        return image


class RandomHorizontalFlip:
    def __call__(self, image):
        return image.transpose(0) if random.random() < 0.5 else image


class Resize:
    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        return image.resize((self.size[1], self.size[0]), 2)


class RandomCrop:
    def __init__(self, side):
        self.side = side

    def __call__(self, image):
        left = random.randint(0, image.width - self.side)
        top = random.randint(0, image.height - self.side)
        return image.crop((left, top, left + self.side, top + self.side))


class ToTensor:
    def __call__(self, image):
        values = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        return values.reshape(image.height, image.width, 3).permute(2, 0, 1).float() / 255


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = (torch.tensor(values).reshape(3, 1, 1) for values in (mean, std))

    def __call__(self, image):
        return (image - self.mean) / self.std
