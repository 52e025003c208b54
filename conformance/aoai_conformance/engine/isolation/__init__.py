"""Find the smallest request that shows a defect, with requests that are not in the plan."""
