"""Rules for Azure AI Model Inference."""
