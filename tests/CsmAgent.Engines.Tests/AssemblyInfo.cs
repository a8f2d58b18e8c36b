// The count of live tensors belongs to the process, and the models' threads want the cores for themselves.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
