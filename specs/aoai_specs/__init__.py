"""Versioned descriptions of the Azure OpenAI and Azure AI Model Inference REST APIs."""
