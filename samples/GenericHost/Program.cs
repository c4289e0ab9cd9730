return await GenericHost.TrainingHost.RunAsync(args);
