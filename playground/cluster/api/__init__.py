"""The Kubernetes API: objects, who may do what with them, and how they are read and written over HTTP."""
