"""From the address of a request to the operation of a document: layouts, api-versions, what is not found."""
