"""Face crops as a short Python and OpenCV script makes them: decode, detect, warp, write. For the benchmark `crop`."""
import os
import sys
from multiprocessing import Pool

import cv2
import numpy

CASCADES = "/usr/share/opencv4/haarcascades/"


def start(model):
    global yunet, faces, eyes
    cv2.setNumThreads(1)
    yunet = cv2.FaceDetectorYN.create(model, "", (320, 320), 0.7) if model else None
    faces = cv2.CascadeClassifier(CASCADES + "haarcascade_frontalface_default.xml")
    eyes = cv2.CascadeClassifier(CASCADES + "haarcascade_eye_tree_eyeglasses.xml")


def find(image):
    if yunet:
        yunet.setInputSize(image.shape[1::-1])
        found = yunet.detect(image)[1]
        return [] if found is None else [face[:4] for face in found]
    gray = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    boxes = faces.detectMultiScale(gray, 1.05, 10, minSize=(30, 30))
    for x, y, w, h in boxes:
        part = cv2.resize(gray[y : y + int(0.65 * h), x : x + w], (220, 143))
        eyes.detectMultiScale(part, 1.05, 1, minSize=(36, 36), maxSize=(110, 110))
    return boxes


def crop(job):
    source, target = job
    image = cv2.imread(source)
    for number, (x, y, w, h) in enumerate(find(image)):
        side = 1.6 * max(w, h)
        scale = 256 / side
        matrix = numpy.array(
            [[scale, 0, 128 - scale * (x + w / 2)], [0, scale, 128 - scale * (y + h / 2)]]
        )
        result = cv2.warpAffine(image, matrix, (256, 256), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
        cv2.imwrite(f"{target}_{number}.png", result)


if __name__ == "__main__":
    jobs = []
    for folder, _, names in sorted(os.walk(sys.argv[1])):
        for name in sorted(names):
            target = os.path.join(sys.argv[2], os.path.relpath(folder, sys.argv[1]), os.path.splitext(name)[0])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            jobs.append((os.path.join(folder, name), target))
    with Pool(os.cpu_count(), start, sys.argv[3:] or [None]) as pool:
        pool.map(crop, jobs, chunksize=4)
