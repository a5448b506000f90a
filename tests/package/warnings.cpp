// A parent's code that strict warnings would refuse: it must compile as the parent has always compiled it.
int parents_own_code(unsigned long value);

int parents_own_code(unsigned long value) {
  int unused;
  int shadowed = value;
  {
    int shadowed = 1;
    (void)shadowed;
  }
  return shadowed;
}
