"""Rules about the Responses API: events, response objects, stored responses and conversations."""
