"""What every staff page is made of: the theme behind one seam, and what pages share."""
