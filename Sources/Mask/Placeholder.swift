// Mask
