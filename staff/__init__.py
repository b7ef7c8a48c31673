"""What every staff page is made of: the theme behind one seam, badges, timelines, documents, confirmed actions."""
