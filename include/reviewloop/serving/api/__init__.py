"""What goes over the wire: paths, headers, requests and answers."""
