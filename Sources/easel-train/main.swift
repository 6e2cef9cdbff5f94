print("easel-train")
