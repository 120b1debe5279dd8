"""Jobs: the vacancies of enterprises and institutions, and the applications to them."""
