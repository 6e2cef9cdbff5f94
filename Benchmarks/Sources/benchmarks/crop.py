"""Face crops as a short Python and OpenCV script makes them: decode, detect, warp, write. For the benchmark `crop`."""
import os
import sys
from multiprocessing import Pool

import cv2
import numpy

CASCADES = "/usr/share/opencv4/haarcascades/"


def start():
    global faces, eyes
    cv2.setNumThreads(1)
    faces = cv2.CascadeClassifier(CASCADES + "haarcascade_frontalface_default.xml")
    eyes = cv2.CascadeClassifier(CASCADES + "haarcascade_eye.xml")


def crop(job):
    source, target = job
    image = cv2.imread(source)
    gray = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    for number, (x, y, w, h) in enumerate(faces.detectMultiScale(gray, 1.05, 5, minSize=(24, 24))):
        eyes.detectMultiScale(gray[y : y + h // 2, x : x + w], 1.05, 3)
        side = 1.6 * max(w, h)
        scale = 256 / side
        matrix = numpy.array(
            [[scale, 0, 128 - scale * (x + w / 2)], [0, scale, 128 - scale * (y + h / 2)]]
        )
        result = cv2.warpAffine(image, matrix, (256, 256), borderValue=(255, 255, 255))
        cv2.imwrite(f"{target}_{number}.png", result)


if __name__ == "__main__":
    jobs = []
    for folder, _, names in sorted(os.walk(sys.argv[1])):
        for name in sorted(names):
            target = os.path.join(sys.argv[2], os.path.relpath(folder, sys.argv[1]), os.path.splitext(name)[0])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            jobs.append((os.path.join(folder, name), target))
    with Pool(os.cpu_count(), start) as pool:
        pool.map(crop, jobs, chunksize=4)
