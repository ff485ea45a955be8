"""Between retrieval and the page: business rules, diversity, reasons."""
