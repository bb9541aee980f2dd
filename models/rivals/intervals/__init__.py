"""An earlier model of the rota: optional intervals on one timeline, in the words of CP-SAT."""
