"""The recipe that trains candlewick's models: from candles in CSV files to a signed manifest."""
