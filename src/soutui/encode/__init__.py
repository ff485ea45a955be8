"""Text to unit vectors: a sentence-transformers model exported once to ONNX, torch-free from then on."""
