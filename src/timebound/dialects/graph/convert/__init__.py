"""Between the domain and the published shapes, both ways; one module for each kind of entity."""
