"""What providers there are: their types, their api-versions, and what roles can allow of them."""
