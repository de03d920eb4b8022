"""What people type and click: a module per slash command, with its buttons and forms. They never import each other."""
